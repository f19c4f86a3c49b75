"""A call to a destination as data: made by a destination, sent by the sender."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

AssignmentEvent: TypeAlias = Mapping[str, Any]
"""The decoded value of a record of ``lead.assignments``."""


def idempotency_key(assignment_id: str, destination: str) -> str:
    """Return what stays the same in every attempt to bring an assignment to a destination."""
    return f"{assignment_id}.{destination}"


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


class Destination(Protocol):
    """A kind of system to which assignments go."""

    refusals: frozenset[int]
    """Status codes that speak of the record; all others but 2xx are the system's own trouble."""

    retry_after_unit_s: float
    """The unit of the number in ``Retry-After``."""

    def render(self, assignment: AssignmentEvent, key: str, now_s: int) -> Request | None:
        """Return the call that brings ``assignment`` there; None when there is nothing to say.

        ``key`` is the same in every attempt: the idempotency key.
        """
        ...
