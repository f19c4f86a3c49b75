"""Settings of every role: ``LEAD_ROUTER_…`` in the environment, nested by ``__``, or a file.

``LEAD_ROUTER_CONFIG`` names a TOML file with the same names; the environment wins.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from router.destination_settings import DestinationSettings
from router.destination_settings import is_loopback as _is_loopback
from router.errors import UsageError
from router.source_settings import SourceSettings

DEVELOPMENT_DIGEST_KEY = "lead-router-development-key"
"""Only good on loopback: anyone can recompute digests made with it."""

REQUEST_TIMEOUT_MS = 15_000
"""After so long without an answer a client sends its request to the broker again."""

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]


class KafkaSettings(BaseModel):
    """How to reach the broker; passed to every client."""

    model_config = ConfigDict(extra="forbid")

    bootstrap_servers: str = "127.0.0.1:9092"
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    allow_plaintext: bool = Field(
        default=False, description="allow unencrypted traffic to brokers that are not loopback"
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "PLAIN"
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    ssl_ca_file: Path | None = None
    ssl_cert_file: Path | None = None
    ssl_key_file: Path | None = None
    ssl_key_password: SecretStr | None = None
    session_timeout_ms: Annotated[int, Field(ge=2_000)] = 10_000

    @property
    def hosts(self) -> list[str]:
        """The host part of every bootstrap server."""
        return [server.strip().rsplit(":", 1)[0] for server in self.bootstrap_servers.split(",")]

    @property
    def is_loopback(self) -> bool:
        """Whether every bootstrap server is this machine."""
        return all(_is_loopback(host) for host in self.hosts)

    @property
    def is_encrypted(self) -> bool:
        """Whether connections are encrypted."""
        return self.security_protocol.endswith("SSL")

    @model_validator(mode="after")
    def _require_user(self) -> Self:
        is_known = self.sasl_username is not None and self.sasl_password is not None
        if self.security_protocol.startswith("SASL_") and not is_known:
            raise ValueError(
                f"security_protocol {self.security_protocol} needs a user: set"
                " LEAD_ROUTER_KAFKA__SASL_USERNAME and LEAD_ROUTER_KAFKA__SASL_PASSWORD"
            )
        return self

    @model_validator(mode="after")
    def _refuse_plaintext_outside_loopback(self) -> Self:
        plain = self.security_protocol in {"PLAINTEXT", "SASL_PLAINTEXT"}
        if plain and not self.is_loopback and not self.allow_plaintext:
            raise ValueError(
                f"security_protocol {self.security_protocol} to {self.bootstrap_servers} would"
                " send leads unencrypted: set LEAD_ROUTER_KAFKA__SECURITY_PROTOCOL=SSL or"
                " SASL_SSL, or LEAD_ROUTER_KAFKA__ALLOW_PLAINTEXT=true"
            )
        return self


class TopicSettings(BaseModel):
    """Names and shapes of our topics. Partition counts are fixed once there is state."""

    model_config = ConfigDict(extra="forbid")

    prefix: Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]{0,60}$")] = "lead-router."
    inbox_partitions: Annotated[int, Field(ge=1, le=1024)] = 4
    partitions: Annotated[
        int, Field(ge=1, le=1024, description="of every topic but inbox and state")
    ] = 4
    replication_factor: Annotated[int, Field(ge=1, le=9)] = 1
    min_insync_replicas: Annotated[int, Field(ge=1, le=9)] = 1
    raw_sources: list[Identifier] = Field(
        default_factory=list, description="a topic leads.raw.<source> for each"
    )


class TransactionSettings(BaseModel):
    """How much work one transaction takes."""

    model_config = ConfigDict(extra="forbid")

    records_max: Annotated[int, Field(ge=1, le=50_000)] = 4_000
    at_once_max: Annotated[
        int, Field(ge=1, le=1_024, description="open at a time in one step of one process")
    ] = 2
    timeout_ms: Annotated[
        int, Field(ge=1_000, description="the broker ends it then; below the session timeout")
    ] = 5_000

    @field_validator("timeout_ms")
    @classmethod
    def _end_before_a_request_is_repeated(cls, timeout_ms: int) -> int:
        if timeout_ms >= REQUEST_TIMEOUT_MS:
            raise ValueError(
                f"must be below {REQUEST_TIMEOUT_MS}, after which a request without an answer is"
                " sent again: the broker must have ended the transaction by then; 5000 is good"
            )
        return timeout_ms


class BreakerSettings(BaseModel):
    """Stop a partition when too many of its records become dead letters."""

    model_config = ConfigDict(extra="forbid")

    window_records: Annotated[int, Field(ge=10)] = 1_000
    dead_letters_max: Annotated[int, Field(ge=1)] = 200


class StreamsSettings(BaseModel):
    """The role ``streams``: activity into engagement."""

    model_config = ConfigDict(extra="forbid")

    store: Literal["rocksdb", "memory"] = "rocksdb"
    directory: Path | None = Field(
        default=None, description="where RocksDB keeps its tables; the user's cache without it"
    )
    activities_max: Annotated[
        int, Field(ge=16, le=10_000, description="remembered singly for each lead")
    ] = 256
    duplicates_days: Annotated[
        int, Field(ge=1, le=400, description="an activity_id is known again for so long")
    ] = 30
    step_points: Annotated[
        int, Field(ge=1, le=1_000, description="engagement is published when it moves so far")
    ] = 5


class BoardSettings(BaseModel):
    """The operators' board, a web page that the role ``streams`` serves."""

    model_config = ConfigDict(extra="forbid")

    enabled: bool = True
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535, description="0 takes any that is free")] = 8780
    token: SecretStr | None = Field(
        default=None, description="asked for in the browser; needed when the host is not loopback"
    )
    time_zone: str = Field(default="UTC", description="where its day begins at midnight")

    @field_validator("time_zone")
    @classmethod
    def _check_time_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("must be an IANA time zone such as Europe/Berlin") from None
        return name

    @model_validator(mode="after")
    def _refuse_strangers(self) -> Self:
        if self.enabled and not _is_loopback(self.host) and self.token is None:
            raise ValueError(
                f"the board at {self.host} could be read by anyone: set LEAD_ROUTER_BOARD__TOKEN,"
                " or LEAD_ROUTER_BOARD__HOST=127.0.0.1"
            )
        return self


class GatewaySettings(BaseModel):
    """The role ``gateway``: leads, activity and feedback over HTTP."""

    model_config = ConfigDict(extra="forbid")

    enabled: bool = True
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535, description="0 takes any that is free")] = 8781
    keys_file: Path | None = Field(
        default=None,
        description="of `lead-router keys`; without it this machine alone may send, with no key",
    )
    tls_cert_file: Path | None = Field(default=None, description="PEM, with its chain")
    tls_key_file: Path | None = None
    body_bytes_max: Annotated[int, Field(ge=1_024, le=64 * 1024 * 1024)] = 1_048_576
    batch_records_max: Annotated[int, Field(ge=1, le=10_000)] = 1_000
    requests_max: Annotated[int, Field(ge=1, description="under way, of all keys")] = 256
    key_requests_max: Annotated[int, Field(ge=1, description="under way, of one key")] = 64
    records_per_s: Annotated[int, Field(ge=1, description="of one key")] = 10_000

    @model_validator(mode="after")
    def _refuse_strangers(self) -> Self:
        if self.enabled and not _is_loopback(self.host) and self.keys_file is None:
            raise ValueError(
                f"the gateway at {self.host} would take leads from anyone: set"
                " LEAD_ROUTER_GATEWAY__KEYS_FILE, or LEAD_ROUTER_GATEWAY__HOST=127.0.0.1"
            )
        return self


class TelemetrySettings(BaseModel):
    """Health, metrics and traces of every process."""

    model_config = ConfigDict(extra="forbid")

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] | None = Field(
        default=None, description="serves /metrics, /health and /ready; nothing without it"
    )
    otlp_endpoint: str | None = Field(
        default=None, description="where traces go, such as http://127.0.0.1:4318/v1/traces"
    )
    traced_share: Annotated[float, Field(ge=0, le=1)] = 1.0


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        env_prefix="LEAD_ROUTER_",
        env_nested_delimiter="__",
        extra="forbid",
        hide_input_in_errors=True,
    )

    kafka: KafkaSettings = KafkaSettings()
    topics: TopicSettings = TopicSettings()
    transactions: TransactionSettings = TransactionSettings()
    breaker: BreakerSettings = BreakerSettings()
    streams: StreamsSettings = StreamsSettings()
    board: BoardSettings = BoardSettings()
    gateway: GatewaySettings = GatewaySettings()
    telemetry: TelemetrySettings = TelemetrySettings()
    sources: Annotated[
        dict[Identifier, SourceSettings],
        Field(description="where leads come from, by the name in /v1/sources/<name>"),
    ] = {}
    destinations: Annotated[
        dict[Identifier, DestinationSettings],
        Field(description="where the role `delivery` brings assignments, by name"),
    ] = {}
    sales_orgs: Annotated[
        list[Identifier],
        Field(
            min_length=1,
            description="the n-th lives in inbox partition n modulo inbox_partitions; append only",
        ),
    ] = ["main"]
    default_sales_org: Identifier = "main"
    digest_key: SecretStr = SecretStr(DEVELOPMENT_DIGEST_KEY)
    value_bytes_max: Annotated[int, Field(ge=1_024)] = 262_144
    mail_domains: Annotated[
        dict[str, Literal["business", "free_mail", "disposable"]],
        Field(description="what addresses of a domain are, over what the lists say"),
    ] = {}
    clock_jump_max_s: Annotated[
        int,
        Field(
            ge=60,
            description="a larger jump of the broker's clock fires nothing until it is confirmed",
        ),
    ] = 60
    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @model_validator(mode="after")
    def _check_consistent(self) -> Self:
        if len(set(self.sales_orgs)) != len(self.sales_orgs):
            raise ValueError("sales_orgs names one twice: each sales org may stand there once")
        if self.default_sales_org not in self.sales_orgs:
            raise ValueError(f"default_sales_org {self.default_sales_org!r} is not in sales_orgs")
        for name, source in self.sources.items():
            if source.sales_org not in {None, *self.sales_orgs}:
                raise ValueError(
                    f"sources.{name}.sales_org {source.sales_org!r} is not in sales_orgs"
                )
        session_ms, transaction_ms = self.kafka.session_timeout_ms, self.transactions.timeout_ms
        if transaction_ms >= session_ms:
            raise ValueError(
                f"LEAD_ROUTER_TRANSACTIONS__TIMEOUT_MS {transaction_ms} must be below"
                f" LEAD_ROUTER_KAFKA__SESSION_TIMEOUT_MS {session_ms}: else what a process that"
                " died left open still stands when another takes its partitions over; set it to"
                f" {session_ms // 2}, or raise the session timeout to {transaction_ms * 2}"
            )
        development = self.digest_key.get_secret_value() == DEVELOPMENT_DIGEST_KEY
        if development and not self.kafka.is_loopback:
            raise ValueError(
                "LEAD_ROUTER_DIGEST_KEY must be set for a broker that is not loopback: with the"
                " development key anyone can recompute the digests of e-mail addresses"
            )
        return self

    def inbox_partition(self, sales_org: str) -> int:
        """The inbox partition of ``sales_org``.

        Raises:
            ValueError: no such sales org.
        """
        return self.sales_orgs.index(sales_org) % self.topics.inbox_partitions

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then the file that ``LEAD_ROUTER_CONFIG`` names.

        Raises:
            UsageError: it names something that is not a file.
        """
        del dotenv_settings, file_secret_settings
        config = os.environ.get("LEAD_ROUTER_CONFIG")
        if not config:
            return init_settings, env_settings
        path = Path(config)
        if not path.is_file():
            raise UsageError(
                f"LEAD_ROUTER_CONFIG names {path}, which is not a file: correct the path"
            )
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, path)
