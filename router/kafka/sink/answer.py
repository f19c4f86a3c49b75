"""The outcome of one attempt to hand a record over."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """The meaning of an answer for the record, and for the system that gave it."""

    DELIVERED = "delivered"
    SKIPPED = "skipped"  # it has nothing to say to this system
    REFUSED = "refused"  # the system works, and does not want this record
    AGAIN = "again"  # the system is not there, or not now
    DENIED = "denied"  # the credentials are not taken; if that repeats, they are wrong
    SWITCHED_OFF = "switched_off"  # the system wants nothing any more


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict. ``why`` is one line without anything that the record or the answer held.

    ``after_s`` is how long the system asks to be left alone.
    """

    verdict: Verdict
    why: str = ""
    after_s: float | None = None
