"""Arrivals from a source, and what is found in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, NamedTuple

from router.intake.wire.refusal import Rejected

SourceRole = Literal["leads", "activity", "feedback"]
JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request, or a record of a raw topic: ``headers`` in lower case, ``uri`` as it was called.

    Nothing of it is ever shown.
    """

    body: bytes = field(repr=False)
    received_ms: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    method: str = "POST"
    uri: str = field(default="", repr=False)


class SignatureProblem(StrEnum):
    """A reason not to believe a request."""

    NO_SECRET = "no_secret"  # noqa: S105 - the settings name none, so nothing can be checked
    MISSING = "missing"
    WRONG = "wrong"
    TOO_OLD = "too_old"
    AHEAD = "ahead"  # signed for a later time than now


class Found(NamedTuple):
    """One record of a vendor: what its envelope says of it (``fields``, of our contract), and the
    ``body`` that a field map reads; None where ``fields`` are all.
    """  # noqa: D205 - one sentence

    role: SourceRole
    fields: JsonObject
    body: JsonObject | None = None


class Fetch(NamedTuple):
    """A record of which only the id was sent: fetch it from the vendor.

    ``object_id`` None says that all since ``version_ms`` are to be fetched.
    """

    object_type: str
    object_id: str | None
    version_ms: int


Item = Found | Fetch | Rejected

Verify = Callable[[Arrival, bytes], SignatureProblem | None]
Split = Callable[[Any, Arrival, "Options"], Iterator[Item]]


class Options(NamedTuple):
    """The settings of a source that concern its envelope."""

    submitting_events: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Vendor:
    """One kind of source. ``field_map`` names a file of ours; ``verify`` is None where the vendor
    signs nothing.
    """  # noqa: D205 - one sentence

    split: Split
    verify: Verify | None = None
    field_map: str | None = None
