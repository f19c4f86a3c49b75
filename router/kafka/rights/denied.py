"""A right that is missing, in words: who lacks which right on what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)

from router.errors import LeadRouterError
from router.kafka.rights.right import Operation, Resource, Right
from router.settings import KafkaSettings

_TOLD_MAX = 3
_RESOURCES: Final = {
    TopicAuthorizationFailedError: Resource.TOPIC,
    GroupAuthorizationFailedError: Resource.GROUP,
    TransactionalIdAuthorizationFailed: Resource.TRANSACTIONAL_ID,
}
_DENIALS = (*_RESOURCES, ClusterAuthorizationFailedError)


class DeniedError(LeadRouterError):
    """The broker does not let this user do what was to be done; the message says which right."""


def user_of(settings: KafkaSettings) -> str:
    """Return who we are to the broker, for people."""
    if settings.security_protocol.startswith("SASL_"):
        return f'the user "{settings.sasl_username}"'
    if settings.ssl_cert_file is not None:
        return f"the owner of {settings.ssl_cert_file}"
    return "the anonymous user"


def lacks(settings: KafkaSettings, rights: Sequence[Right]) -> str:
    """Return who lacks which of ``rights``, in one line: the first few, and how many more."""
    told = ", ".join(str(right) for right in rights[:_TOLD_MAX])
    more = len(rights) - _TOLD_MAX
    return f"{user_of(settings)} lacks {told}{f' and {more} more rights' if more > 0 else ''}"


def is_denial(error: BaseException) -> bool:
    """Whether ``error`` is, or was raised from, a refusal of the broker's for want of a right."""
    return isinstance(error, DeniedError) or _denial_in(error) is not None


def denial(
    error: BaseException, settings: KafkaSettings, operation: Operation
) -> DeniedError | None:
    """Return ``error`` in words, None if it is not about rights.

    ``operation`` is what was being done; of a transactional id the broker refuses only one.
    """
    found = _denial_in(error)
    if found is None:
        return None
    if isinstance(found, ClusterAuthorizationFailedError):
        return DeniedError(f"{user_of(settings)} lacks a right on the cluster to {operation}")
    resource = next(name for kind, name in _RESOURCES.items() if isinstance(found, kind))
    if resource is Resource.TRANSACTIONAL_ID:
        operation = Operation.WRITE
    names = sorted(_names_in(found.args))
    if not names:
        return DeniedError(f"{user_of(settings)} lacks {operation} on some {resource}")
    return DeniedError(lacks(settings, [Right(operation, resource, name) for name in names]))


def _names_in(args: Iterable[object]) -> Iterator[str]:
    """Yield the names that aiokafka has put into an error: of one resource, or a set of them."""
    for value in args:
        if isinstance(value, str):
            yield value
        elif isinstance(value, (set, frozenset)):
            yield from (str(name) for name in value)


def _denial_in(error: BaseException | None) -> KafkaError | None:
    """Look also behind it: aiokafka raises some as a KafkaError that says nothing of rights."""
    while error is not None:
        if isinstance(error, _DENIALS):
            return error
        error = error.__cause__
    return None
