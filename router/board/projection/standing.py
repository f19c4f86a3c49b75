"""Leads as they stand now in route's own state: who has them, and which of their clocks run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from typing import NamedTuple

from router.board.statistics.ordered import Ordered
from router.core.model.events import Facts
from router.core.model.lead import LEAD_FIELDS
from router.kafka.topics.changelog import MESSAGE_PACKING

_FIELDS = tuple(name for name in LEAD_FIELDS if name != "facts")
_OPEN = ("assigned", "accepted", "contacted")
_WAITING = "waiting"


def _at(name: str) -> int:
    return _FIELDS.index(name)


_STATUS, _REP, _CHANNEL, _POOL = _at("status"), _at("rep"), _at("channel"), _at("pool_id")
_TERRITORY, _VALUE, _POINTS = _at("territory_id"), _at("value_minor"), _at("points")
_BAND, _ACCEPT, _CONTACT = _at("band"), _at("accept_by_ms"), _at("contact_by_ms")
_WAIT, _ASSIGNED = _at("wait_until_ms"), _at("assigned_at_ms")
_SOURCE = [field.name for field in fields(Facts)].index("lead_source")


class Standing(NamedTuple):
    """A lead that waits or is with a rep, whose permanent number is ``rep``.

    ``place`` is the partition and offset of its record in ``routing.state``.
    """

    is_waiting: bool
    rep: int | None
    channel: str | None
    pool_id: str | None
    territory_id: str | None
    value_minor: int
    points: int
    band: str | None
    accept_by_ms: int | None
    contact_by_ms: int | None
    wait_until_ms: int | None
    assigned_ms: int = 0
    source: str | None = None
    place: tuple[int, int] | None = None


def standing_of(packed: bytes, place: tuple[int, int] | None = None) -> Standing | None:
    """The lead of a changelog record; None when it neither waits nor is with a rep.

    ``place`` is the record's partition and offset, where the rest of the lead can be read.

    Raises:
        ValueError: it is none.
    """
    of_facts, values = MESSAGE_PACKING.decode(packed)
    status = values[_STATUS]
    if status != _WAITING and status not in _OPEN:
        return None
    values += [None] * (len(_FIELDS) - len(values))
    return Standing(
        status == _WAITING,
        values[_REP],
        values[_CHANNEL],
        values[_POOL],
        values[_TERRITORY],
        values[_VALUE] or 0,
        values[_POINTS] or 0,
        values[_BAND],
        values[_ACCEPT] if status == _OPEN[0] else None,
        values[_CONTACT],
        values[_WAIT],
        values[_ASSIGNED] or 0,
        of_facts[_SOURCE] if len(of_facts) > _SOURCE else None,
        place,
    )


class Running(NamedTuple):
    """A clock that runs, ``accept`` or ``contact``; sorts by when it is due."""

    due_ms: int
    lead_id: str
    kind: str
    rep: int


class Standings:
    """All of them by lead id, how many are open in each channel and pool, and running clocks.

    ``clocks`` is sorted, because the first few of many are asked for all the time.
    """

    def __init__(self) -> None:
        """Start empty."""
        self.leads: dict[str, Standing] = {}
        self.clocks: Ordered[Running] = Ordered()
        self.open: Counter[tuple[str, str]] = Counter()

    def due_until(self, until_ms: int) -> int:
        """How many clocks are due by then."""
        return self.clocks.count_before((until_ms + 1,))

    def put(self, lead_id: str, standing: Standing | None) -> None:
        """The lead stands so now; None: it is over, or forgotten."""
        before = self.leads.pop(lead_id, None)
        if before is not None:
            self._count(before, -1)
            for running in _clocks(lead_id, before):
                self.clocks.remove(running)
        if standing is not None:
            self.leads[lead_id] = standing
            self._count(standing, 1)
            for running in _clocks(lead_id, standing):
                self.clocks.add(running)

    def _count(self, standing: Standing, by: int) -> None:
        if not standing.is_waiting:
            self.open[standing.channel or "", standing.pool_id or ""] += by


def _clocks(lead_id: str, standing: Standing) -> Iterator[Running]:
    if standing.rep is None or standing.is_waiting:
        return
    if standing.accept_by_ms is not None:
        yield Running(standing.accept_by_ms, lead_id, "accept", standing.rep)
    if standing.contact_by_ms is not None:
        yield Running(standing.contact_by_ms, lead_id, "contact", standing.rep)
