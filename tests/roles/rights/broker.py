"""One broker with a door of every kind: for the super user, for users by password, and with TLS."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from router.devbroker.broker_config import BrokerNode, Listener
from router.devbroker.guarded_broker import GuardedBroker
from router.devbroker.java_broker import prepare_guarded
from router.devbroker.local_broker import silent
from router.errors import LeadRouterError
from router.kafka.client.ports import free_port
from router.settings import KafkaSettings
from tests.roles.rights.certificates import Certificates, write_certificates

MECHANISMS = ("SCRAM-SHA-256", "SCRAM-SHA-512")
USERS = dict.fromkeys(
    ("intake", "route", "streams", "delivery", "gateway", "crm", "doctor"), "SCRAM-SHA-512"
)
USERS["sender"] = "SCRAM-SHA-256"
_ATTEMPTS = 3
_SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
_TLS_DOORS = ("TLS", "MUTUAL", "OTHERHOST", "EXPIRED", "SASLTLS")


@dataclass(frozen=True)
class SecuredBroker:
    """Addresses of the doors: whoever comes by ``super_door`` may do anything."""

    guarded: GuardedBroker
    certificates: Certificates
    doors: dict[str, str]

    @property
    def super_door(self) -> str:
        """Plain, and for nobody in particular."""
        return self.doors["CLIENT"]

    @property
    def sasl_door(self) -> str:
        """Plain, for those who have a password."""
        return self.doors["SASL"]


def variables_of(settings: KafkaSettings) -> dict[str, str]:
    """The environment that says the same as ``settings``."""
    said = settings.model_dump(exclude_none=True, exclude_defaults=True)
    secret = settings.sasl_password
    said |= {"sasl_password": secret.get_secret_value()} if secret else {}
    return {f"LEAD_ROUTER_KAFKA__{name.upper()}": str(value) for name, value in said.items()}


def password_of(user: str) -> str:
    """Every user's own."""
    return f"{user}-secret"


def mechanism_of(user: str) -> str:
    """The one by which the broker knows the user's password."""
    return USERS[user]


@contextmanager
def open_secured_broker() -> Iterator[SecuredBroker]:
    """A broker with the StandardAuthorizer for the time of a ``with`` block."""
    with tempfile.TemporaryDirectory(prefix="lead-router-certificates-") as directory:
        certificates = write_certificates(Path(directory))
        node, guarded = _started(certificates)
        try:
            doors = {each.name: f"127.0.0.1:{each.port}" for each in node.listeners}
            yield SecuredBroker(guarded, certificates, doors)
        finally:
            guarded.close()


def _started(certificates: Certificates) -> tuple[BrokerNode, GuardedBroker]:
    """Ports that were free may be taken before the broker listens: then all is tried anew."""
    for attempt in range(1, _ATTEMPTS + 1):
        node = _node(certificates)
        guarded = prepare_guarded(node, silent)
        try:
            guarded.start()
        except LeadRouterError as error:
            if attempt == _ATTEMPTS or "Address already in use" not in str(error):
                raise
        else:
            return node, guarded
    raise AssertionError("not reached")


def _node(certificates: Certificates) -> BrokerNode:
    tls = tuple(
        Listener(name, free_port(), protocol="SASL_SSL" if name == "SASLTLS" else "SSL")
        for name in _TLS_DOORS
    )
    return BrokerNode(
        (
            Listener("CLIENT", free_port()),
            Listener("ELSEWHERE", free_port(), advertised_port=1),  # where nobody listens
            Listener("SASL", free_port(), protocol="SASL_PLAINTEXT"),
            *tls,
        ),
        {1: free_port()},
        properties={
            "inter.broker.listener.name": "CLIENT",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
            "sasl.enabled.mechanisms": ",".join(MECHANISMS),
            **_passwords("sasl"),
            **_passwords("sasltls"),
            **_keystore("tls", certificates.good),
            **_keystore("sasltls", certificates.good),
            **_keystore("otherhost", certificates.other_host),
            **_keystore("expired", certificates.expired),
            **_keystore("mutual", certificates.good),
            "listener.name.mutual.ssl.client.auth": "required",
            "listener.name.mutual.ssl.truststore.type": "PEM",
            "listener.name.mutual.ssl.truststore.location": str(certificates.authority),
        },
        format_options=tuple(
            option
            for user, mechanism in USERS.items()
            for option in (
                "--add-scram",
                f"{mechanism}=[name={user},password={password_of(user)}]",
            )
        ),
    )


def _passwords(door: str) -> dict[str, str]:
    return {
        f"listener.name.{door}.{mechanism.lower()}.sasl.jaas.config": _SCRAM
        for mechanism in MECHANISMS
    }


def _keystore(door: str, keystore: Path) -> dict[str, str]:
    return {
        f"listener.name.{door}.ssl.keystore.type": "PEM",
        f"listener.name.{door}.ssl.keystore.location": str(keystore),
    }
