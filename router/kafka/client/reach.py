"""Why a broker cannot be reached: asked once more, because aiokafka keeps the reason to itself.

Its ``bootstrap`` logs what it met and raises that there is no broker. Here the same connection is
made again, to the servers that are set and then to the brokers that they send their clients to, and
what goes wrong is put in words. Only asked after a failure.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass

from aiokafka.conn import AIOKafkaConnection, create_conn
from aiokafka.errors import (
    IllegalSaslStateError,
    KafkaConnectionError,
    KafkaError,
    NodeNotReadyError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest

from router.errors import LeadRouterError
from router.kafka.client.readiness import split_address
from router.kafka.client.tls import ssl_context_of
from router.kafka.rights.denied import DeniedError, denial
from router.kafka.rights.right import Operation
from router.settings import KafkaSettings

_TIMEOUT_MS = 5_000
_TLS_ALERT = 0x1503
"""How an alert of TLS begins; taken for the length of a Kafka answer by who does not speak it."""

_SETTING = "LEAD_ROUTER_KAFKA__"
_UNKNOWN_AUTHORITY = frozenset({18, 19, 20, 21})
_OTHER_HOST = frozenset({62, 64})
_NOT_YET_VALID, _EXPIRED = 9, 10
"""OpenSSL's numbers of what is wrong with a certificate."""


class AwayError(LeadRouterError):
    """The broker cannot be asked now, which may mend by itself: it is down, or still starting."""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Why the broker at ``address`` cannot be reached, and what to do.

    ``is_lasting`` if waiting does not mend it.
    """

    address: str
    why: str
    advice: str
    is_lasting: bool = True

    @property
    def found(self) -> str:
        """What was found, without what to do."""
        return f"the broker at {self.address} cannot be reached: {self.why}"

    def __str__(self) -> str:
        """In one line."""
        return f"{self.found}: {self.advice}"


@dataclass(frozen=True, slots=True)
class _Failure:
    """What went wrong with one address."""

    why: str
    advice: str
    is_lasting: bool = True


async def why_unreachable(settings: KafkaSettings) -> Unreachable:
    """Return why the broker of ``settings`` cannot be reached.

    Of several servers the one whose failure does not mend by itself is told, else the first.
    """
    found: list[Unreachable] = []
    for server in settings.bootstrap_servers.split(","):
        found += await _failures(settings, server.strip())
    lasting = [each for each in found if each.is_lasting]
    nothing = Unreachable(
        settings.bootstrap_servers,
        "it did not answer, and does now",
        "try again, and see `lead-router doctor`",
        is_lasting=False,
    )
    return next(iter([*lasting, *found]), nothing)


def _away(settings: KafkaSettings, why: str) -> _Failure:
    start = "start one with `lead-router dev up`, or " if settings.is_loopback else ""
    advice = f"{start}see that it runs and that {_SETTING}BOOTSTRAP_SERVERS is right"
    return _Failure(why, advice, is_lasting=False)


async def _failures(settings: KafkaSettings, server: str) -> list[Unreachable]:
    try:
        host, port = split_address(server)
    except ValueError:
        advice = f"correct {_SETTING}BOOTSTRAP_SERVERS"
        return [Unreachable(server, "that is not host:port", advice)]
    brokers, failure = await _try(settings, host, port)
    if failure is not None:
        return [Unreachable(server, failure.why, failure.advice, failure.is_lasting)]
    found = []
    for host, port in brokers:
        address = f"{host}:{port}"
        failure = None if address == server else (await _try(settings, host, port))[1]
        if failure is not None:
            place = f"{address}, to which {server} sends its clients,"
            found.append(Unreachable(place, failure.why, failure.advice, failure.is_lasting))
    return found


async def _try(
    settings: KafkaSettings, host: str, port: int
) -> tuple[list[tuple[str, int]], _Failure | None]:
    """Return the brokers that the one at ``host`` knows of, or why it told nothing."""
    connection: AIOKafkaConnection | None = None
    try:
        async with asyncio.timeout(_TIMEOUT_MS / 1000):
            connection = await _connected(settings, host, port, settings.security_protocol)
            answer = await connection.send(MetadataRequest([]))
    except (KafkaError, OSError, TimeoutError) as error:
        if connection is not None and "SASL" not in settings.security_protocol:
            # It answered before it was asked for anything that is not for everybody.
            return [], _wants_a_user(settings)
        return [], await _failure(settings, host, port, error)
    finally:
        if connection is not None:
            connection.close()
    return [(broker[1], broker[2]) for broker in answer.brokers], None


async def _connected(
    settings: KafkaSettings, host: str, port: int, protocol: str
) -> AIOKafkaConnection:
    password = settings.sasl_password
    return await create_conn(
        host,
        port,
        client_id="lead-router-doctor",
        request_timeout_ms=_TIMEOUT_MS,
        ssl_context=ssl_context_of(settings),
        security_protocol=protocol,
        sasl_mechanism=settings.sasl_mechanism,
        sasl_plain_username=settings.sasl_username,
        sasl_plain_password=password.get_secret_value() if password else None,
    )


async def _failure(settings: KafkaSettings, host: str, port: int, error: BaseException) -> _Failure:
    cause = error.__cause__ or error
    match cause:
        case ssl.SSLCertVerificationError():
            return _bad_certificate(host, cause)
        case ssl.SSLError():
            return _refused_by_tls(settings, cause)
        case asyncio.IncompleteReadError(expected=int(expected)) if expected >> 16 == _TLS_ALERT:
            return _Failure("it speaks TLS, and the settings do not", _encrypted(settings))
        case ConnectionRefusedError():
            return _away(settings, "nobody listens there")
    if isinstance(error, KafkaError) and (failure := _of_sasl(settings, error)):
        return failure
    if settings.is_encrypted and await _speaks_plainly(settings, host, port):
        plain = settings.security_protocol.replace("SSL", "PLAINTEXT")
        return _Failure(
            "it does not speak TLS, and the settings do",
            f"use its port for TLS, or set {_SETTING}SECURITY_PROTOCOL={plain}",
        )
    if isinstance(cause, OSError) and cause.strerror:
        return _away(settings, cause.strerror)
    return _away(settings, "it does not answer")


def _bad_certificate(host: str, error: ssl.SSLCertVerificationError) -> _Failure:
    code = error.verify_code
    if code in _UNKNOWN_AUTHORITY:
        return _Failure(
            "its certificate is signed by an authority that is unknown here",
            f"set {_SETTING}SSL_CA_FILE to the authority's PEM file",
        )
    if code in _OTHER_HOST:
        return _Failure(
            f"its certificate is for another host than {host}",
            f"name it in {_SETTING}BOOTSTRAP_SERVERS as the certificate does, or renew that",
        )
    if code == _EXPIRED:
        return _Failure("its certificate has expired", "renew it on the broker")
    if code == _NOT_YET_VALID:
        return _Failure("its certificate is not valid yet", "compare the clocks of both machines")
    return _Failure(f"its certificate is not accepted ({error.verify_message})", "renew it")


def _refused_by_tls(settings: KafkaSettings, error: ssl.SSLError) -> _Failure:
    if "CERTIFICATE" in (error.reason or "") or "UNKNOWN_CA" in (error.reason or ""):
        if settings.ssl_cert_file is None:
            return _Failure(
                "it wants a certificate of its clients",
                f"set {_SETTING}SSL_CERT_FILE and {_SETTING}SSL_KEY_FILE",
            )
        return _Failure(
            f"it does not accept the certificate in {settings.ssl_cert_file}",
            "use one that is signed by an authority of the broker's and is still valid",
        )
    why = error.reason or "no reason was given"
    return _Failure(f"TLS failed ({why})", "see the broker's log")


def _of_sasl(settings: KafkaSettings, error: KafkaError) -> _Failure | None:
    user, mechanism = settings.sasl_username, settings.sasl_mechanism
    match error:
        case SaslAuthenticationFailed():
            return _Failure(
                f'it does not know the user "{user}" with this password by {mechanism}',
                f"correct {_SETTING}SASL_USERNAME and {_SETTING}SASL_PASSWORD",
            )
        case UnsupportedSaslMechanismError():
            return _Failure(
                f"it does not take {mechanism}",
                f"set {_SETTING}SASL_MECHANISM to one that is enabled there",
            )
        case IllegalSaslStateError():
            protocol = settings.security_protocol.removeprefix("SASL_")
            return _Failure(
                "it does not ask for a user and a password there",
                f"use its port for SASL, or set {_SETTING}SECURITY_PROTOCOL={protocol}",
            )
    return None


def _wants_a_user(settings: KafkaSettings) -> _Failure:
    protocol = "SASL_SSL" if settings.is_encrypted else "SASL_PLAINTEXT"
    return _Failure(
        "it wants a user and a password",
        f"set {_SETTING}SECURITY_PROTOCOL={protocol}, {_SETTING}SASL_MECHANISM,"
        f" {_SETTING}SASL_USERNAME and {_SETTING}SASL_PASSWORD",
    )


def _encrypted(settings: KafkaSettings) -> str:
    protocol = "SASL_SSL" if "SASL" in settings.security_protocol else "SSL"
    return f"set {_SETTING}SECURITY_PROTOCOL={protocol}"


async def _speaks_plainly(settings: KafkaSettings, host: str, port: int) -> bool:
    """Whether it answers who does not encrypt: no user is named, and nothing asked but versions."""
    try:
        async with asyncio.timeout(_TIMEOUT_MS / 1000):
            connection = await _connected(settings, host, port, "PLAINTEXT")
    except (KafkaError, OSError, TimeoutError):
        return False
    connection.close()
    return True


async def in_words(
    error: KafkaError, settings: KafkaSettings, doing: str, operation: Operation
) -> LeadRouterError:
    """Return ``error`` as one line: which right is missing, or why the broker is out of reach.

    ``doing`` says what failed by it (cannot …), ``operation`` which right that takes.
    """
    denied = denial(error, settings, operation)
    if denied is not None:
        return DeniedError(f"cannot {doing}: {denied}")
    if isinstance(error, (KafkaConnectionError, NodeNotReadyError)):
        found = await why_unreachable(settings)
        kind = LeadRouterError if found.is_lasting else AwayError
        return kind(f"cannot {doing}: {found}")
    kind = AwayError if error.retriable else LeadRouterError
    return kind(
        f"cannot {doing} on {settings.bootstrap_servers} ({error}): see what the broker lacks with"
        " `lead-router doctor`"
    )
