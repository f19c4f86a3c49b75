"""Facts of a person that outlive their leads."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class EarlyEngagement:
    """Engagement that came before its lead."""

    points_milli: int
    at_ms: int
    half_life_ms: int


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A person's refusals and erasure, under one of their digests; it outlives their leads.

    ``email``, ``phone`` and ``sms`` are the times of the latest word on that consent: below zero
    where it was denied, above where it was granted, 0 without one. What occurred up to
    ``erased_ms`` was erased. ``emails`` are, under a phone number, the persons who were known by
    an e-mail beside it.
    """

    email: int = 0
    phone: int = 0
    sms: int = 0
    erased_ms: int = 0
    emails: tuple[int, ...] = ()
