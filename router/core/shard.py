"""All sales orgs of one inbox partition: the fold of the inbox, one event at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from router.core.handlers.dispatch import handle
from router.core.model.assignment import Assignment
from router.core.model.events import Event
from router.core.state.context import Context
from router.core.state.journal import Journal
from router.core.state.lead_codec import JSON_PACKING, Packing
from router.core.state.lead_store import LeadStore
from router.core.state.records import PolicyReader, record_of, take_back
from router.core.state.sales_org import SalesOrg
from router.core.ticks.clock_leap import Leap, Reading, after_step, read_tick
from router.core.ticks.moved_clocks import move_clocks
from router.core.ticks.restore_indexes import reindex
from router.core.ticks.tick import next_due_ms, next_work_ms, on_tick

CLOCK_KEY = "clock"
"""Changelog key of the shard's own record: the next inbox offset, the log's time and its leap."""


class Shard:
    """State of one partition and its only writer.

    ``next_offset`` is the inbox offset that must be applied next or later (compaction and
    transaction markers leave gaps); ``now_ms`` is the log's time, which runs backwards only where
    a tick sets it back, and ``leap`` a step of it that no tick has settled yet.
    ``read_policy`` makes a policy of its changelog record (plain JSON) and ``packing`` bytes of a
    lead's; the core does no parsing.
    """

    def __init__(
        self,
        partition: int,
        sales_orgs: Sequence[str],
        read_policy: PolicyReader,
        packing: Packing = JSON_PACKING,
    ) -> None:
        """Start empty, before the first record."""
        self.partition = partition
        self.sales_orgs = tuple(sales_orgs)
        self.next_offset = 0
        self.now_ms = 0
        self.leap: Leap | None = None
        self.orgs = {
            name: SalesOrg(name, LeadStore(packing.pack_lead, packing.unpack_lead))
            for name in self.sales_orgs
        }
        self._packing = packing
        self._journal = Journal()
        self._read_policy = read_policy
        self._numbered = dict.fromkeys(self.sales_orgs, 0)
        self._faults: list[tuple[str, str]] = []

    def apply(
        self, sales_org: str, event: Event, *, timestamp_ms: int, offset: int
    ) -> list[Assignment]:
        """Take in one inbox record and return what was decided, in order.

        A tick is for every sales org of the shard, whichever key it came under.

        Raises:
            KeyError: ``sales_org`` is not one of this shard's.
            Exception: a broken invariant; the state is as if the event had never been seen, and
                the caller dead-letters it and calls :meth:`skip`.
        """
        reading: Reading | None = None
        if event.kind == "tick":
            reading = read_tick(event, timestamp_ms, self.now_ms, self.leap)
            now_ms, leap = reading.now_ms, reading.leap
        else:
            now_ms = max(timestamp_ms, self.now_ms)
            leap = after_step(self.leap, self.now_ms, timestamp_ms)
        event_id = getattr(event, "event_id", None) or f"inbox-{self.partition}-{offset}"
        occurred_at_ms = getattr(event, "occurred_at_ms", now_ms)
        names: Iterable[str] = (sales_org,) if reading is None else self.sales_orgs
        decided: list[Assignment] = []
        journal, partition = self._journal, self.partition
        try:
            contexts = [
                Context(
                    self.orgs[name],
                    journal,
                    now_ms,
                    partition,
                    offset,
                    event_id,
                    occurred_at_ms,
                    decided,
                )
                for name in names
            ]
            if reading is None:
                handle(contexts[0], event)
            elif reading.fires:
                for context in contexts:
                    move_clocks(context, reading)
                on_tick(contexts)
            packed = [(name, self.orgs[name].leads.pack_touched()) for name in names]
        except BaseException:
            self._unwind()
            raise
        journal.keep()
        for name, leads in packed:
            org = self.orgs[name]
            org.leads.rest(leads)
            if org.faults:
                self._faults += org.faults
                org.faults.clear()
        self.now_ms, self.leap = now_ms, leap
        self.next_offset = offset + 1
        return decided

    def _unwind(self) -> None:
        self._journal.unwind()
        for org in self.orgs.values():
            org.leads.forget()
            org.faults.clear()
            org.compiled = None  # what is derived is derived again

    def skip(self, *, timestamp_ms: int, offset: int) -> None:
        """Pass over a record that became a dead letter; time and offset move on."""
        self.leap = after_step(self.leap, self.now_ms, timestamp_ms)
        self.now_ms = max(self.now_ms, timestamp_ms)
        self.next_offset = offset + 1

    def take_changes(self) -> list[tuple[str, object | None]]:
        """Changelog records (key, value or None for a tombstone) since the last call.

        One for each changed entity, and always the ``clock`` with the offset and the time. A
        lead's value is bytes, packed; every other is JSON-ready.
        """
        changes: list[tuple[str, object | None]] = [
            (f"{kind}/{name}/{entity_id}", record_of(self.orgs[name], kind, entity_id))
            for kind, name, entity_id in self._journal.changed
        ]
        self._journal.changed.clear()
        for name, org in self.orgs.items():
            start = f"lead/{name}/"
            changes += [(start + lead_id, packed) for lead_id, packed in org.leads.take_changes()]
        changes.append((CLOCK_KEY, self._clock_record()))
        return changes

    def _clock_record(self) -> dict[str, Any]:
        leap = self.leap
        record: dict[str, Any] = {"next_offset": self.next_offset, "now_ms": self.now_ms}
        if leap is not None:
            record["leap"] = [leap.before_ms, leap.at_ms, leap.unlived_ms]
        return record

    def take_new_reps(self) -> list[tuple[str, int, str]]:
        """(sales_org, permanent number, rep_id) of reps numbered since the last call."""
        found = []
        for name, org in self.orgs.items():
            new = org.rep_numbers[self._numbered[name] :]
            found += [(name, rep.number, rep.profile.rep_id) for rep in new]
            self._numbered[name] = len(org.rep_numbers)
        return found

    def take_faults(self) -> list[tuple[str, str]]:
        """(lead_id, kind of exception) of leads set aside in the events since the last call."""
        faults, self._faults = self._faults, []
        return faults

    def restore(self, key: str, value: Any) -> None:
        """Take back one changelog record; later records of a key replace earlier ones.

        Values are as :meth:`take_changes` gave them: bytes for a lead.

        Raises:
            KeyError: the record is of a sales org that is not this shard's.
        """
        if key == CLOCK_KEY:
            if value is not None:
                self.next_offset, self.now_ms = value["next_offset"], value["now_ms"]
                leap = value.get("leap")
                self.leap = None if leap is None else Leap(*leap)
            return
        kind, name, entity_id = key.split("/", 2)
        if kind == "lead":
            self.orgs[name].leads.restore(entity_id, value)
            return
        take_back(self.orgs[name], kind, entity_id, value, self._read_policy)

    def restoring(self) -> Iterator[None]:
        """Rebuild indexes after the last :meth:`restore`, in steps of some milliseconds.

        A million leads take seconds: between steps the caller can let other things run.
        """
        for name, org in self.orgs.items():
            yield from reindex(org)
            self._numbered[name] = len(org.rep_numbers)

    def holds_lead(self, sales_org: str, lead_id: str) -> bool:
        """Whether there is state of a lead; of one that was forgotten there is none."""
        return lead_id in self.orgs[sales_org].leads

    def next_due_ms(self) -> int | None:
        """When the earliest deadline falls due, or None."""
        times = [next_due_ms(org) for org in self.orgs.values()]
        return min((time for time in times if time is not None), default=None)

    def next_work_ms(self) -> int | None:
        """Return when routing next has something to do for a lead, or None; silence is not it."""
        times = [next_work_ms(org) for org in self.orgs.values()]
        return min((time for time in times if time is not None), default=None)

    @property
    def lead_count(self) -> int:
        """Leads held in state."""
        return sum(len(org.leads) for org in self.orgs.values())


def unlived_ms_of(clock_record: dict[str, Any]) -> int:
    """Return what of an unsettled leap nobody lived through, by the record of :data:`CLOCK_KEY`."""
    leap = clock_record.get("leap")
    return 0 if leap is None else Leap(*leap).unlived_ms
