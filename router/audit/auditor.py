"""All comparisons, one after the other, over one cut of the topics."""

from __future__ import annotations

from collections.abc import Iterator

from aiokafka.structs import TopicPartition

from router.audit.cut import Cut, take_cut
from router.audit.findings import Apart, Comparison, Finding, Kind, Place
from router.audit.fold import OfflineFold
from router.audit.inputs import Inputs
from router.audit.letters import Letters
from router.audit.owners import Owners
from router.audit.published import Mark, Published, Said, lead_key, read_said, said_by
from router.audit.reading import Report, read_reported
from router.audit.state import HeldState, RepNumbers, compare_state, read_counts, read_state
from router.core.model.assignment import CORE_VERSION
from router.kafka.client.clients import Clients
from router.kafka.queries.reader import Span
from router.kafka.runtime.step import Record
from router.kafka.topics.codecs import decode, encode
from router.kafka.topics.topic_names import Topics, input_topics, topics_of
from router.roles.route.plan import NAME as ROUTE
from router.settings import Settings


async def audit(settings: Settings, report: Report) -> Audit:
    """Compare everything; changes nothing, and a router may go on meanwhile.

    Raises:
        LeadRouterError: a topic does not exist, or the settings are not those of the deployment.
    """
    clients = Clients(settings.kafka)
    report("asking how far each topic reaches")
    made = Audit(settings, clients, await take_cut(clients, settings))
    await made.run(report)
    return made


class Audit:
    """One audit: its comparisons, and what :mod:`router.audit.repair` needs of them."""

    def __init__(self, settings: Settings, clients: Clients, cut: Cut) -> None:
        """Nothing is read yet."""
        topics = topics_of(settings)
        self.settings, self.clients, self.cut = settings, clients, cut
        self.unfolded: dict[int, str] = {}
        """Inbox partitions whose decisions cannot be decided again, and why."""
        self.buried: set[Place] = set()
        """Records of the inbox whose dead letter is missing."""
        of_inputs = {
            topic: _row(topics, topic, topics.inbox)
            for names in input_topics(settings).values()
            for topic in names
        }
        self.letters = Letters(_row(topics, topics.inbox, topics.dead_letters))
        self.inputs = Inputs(settings, cut, self.letters, of_inputs)
        decided, shadow = (
            _row(topics, topics.inbox, topic) for topic in (topics.assignments, topics.shadow)
        )
        self.published = Published(topics.inbox, cut.assignments, decided)
        self.shadow = Published(topics.inbox, cut.shadow, shadow, by_cause=True)
        self.owners = Owners(_row(topics, topics.assignments, topics.owners), cut.applied)
        self.reps = RepNumbers(_row(topics, topics.state, topics.reps))
        state = _row(topics, topics.inbox, topics.state)
        self.rows = [
            *of_inputs.values(), self.letters.row, decided, shadow, self.owners.row, state,
            self.reps.row,
        ]  # fmt: skip
        """What was compared, along the way of a lead."""
        self._state_row = state
        self._counted: dict[str, int] = {}

    @property
    def findings(self) -> Iterator[Finding]:
        """All that is wrong."""
        return (finding for row in self.rows for finding in row.findings)

    @property
    def mendable(self) -> int:
        """How many of the findings :mod:`router.audit.repair` can mend."""
        of_decisions = len(self.published.missing) + len(self.shadow.missing) + len(self.buried)
        of_rows = len(self.owners.wrong) + len(self.reps.wrong)
        return of_decisions + of_rows + len(self.inputs.missing)

    async def run(self, report: Report) -> None:
        """Read and compare everything."""
        cut, clients = self.cut, self.clients
        report("reading the state, owners and dead letters")
        self.state = state = await read_state(clients, self.settings, cut)
        for published in (self.published, self.shadow):
            published.spread = {
                partition: layout.key_partitions[published.row.topic]
                for partition, layout in state.layouts.items()
            }
        await self.owners.read(clients, cut.owners)
        await self.reps.compare(clients, cut.reps, state.reps)
        await self.letters.read(clients, self.settings, cut)
        async for records in read_reported(clients, cut.inputs, report):
            for record in records:
                self.inputs.take_input(record)
        await self._read_decisions(report)
        marks = {}
        for source, span in sorted(cut.inbox.items()):
            marks[source.partition] = await self._take_inbox(source, span, state, report)
        await self._read_unfolded(report)
        report("comparing")
        self.inputs.judge()
        self.published.close(marks, self._counted)
        self.shadow.close(marks, {})
        is_whole = not any(span.start for span in cut.assignments.values())
        self.owners.compare(self._counted, is_whole=is_whole or not self.unfolded)

    async def _read_decisions(self, report: Report) -> None:
        applied = self.cut.applied
        async for records in read_reported(self.clients, self.cut.assignments, report):
            for record in records:
                said = self.published.read(record)
                if said and said.inbox.offset >= applied.get(said.inbox.partition, 0):
                    self.owners.decided(said, decode(record.value))
        async for records in read_reported(self.clients, self.cut.shadow, report):
            for record in records:
                self.shadow.read(record)

    async def _take_inbox(
        self, source: TopicPartition, span: Span, state: HeldState, report: Report
    ) -> Mark:
        """Tick off the inputs in one partition of the inbox, and fold it as far as route has."""
        partition, at = source.partition, self.cut.applied.get(source.partition, 0)
        offline = self._fold_of(partition, span)
        async for records in read_reported(self.clients, {source: span}, report):
            for record in records:
                self.inputs.take_inbox(record)
                if offline is None:
                    self.owners.take_inbox(record)
                elif record.offset < at:
                    self._apply(offline, record)
        if offline is None:
            await self._count(partition)
        elif digests := state.digests.get(partition):
            compare_state(self._state_row, offline.fold, digests, partition)
        return Mark(at, span.end or 0, is_folded=offline is not None)

    def _fold_of(self, partition: int, span: Span) -> OfflineFold | None:
        """The empty fold, or None where it could not tell what was decided."""
        if span.start:
            self.unfolded[partition] = f"begins at offset {span.start}, not at its first record"
        elif partition in self.published.other_core | self.shadow.other_core:
            self.unfolded[partition] = f"was decided by another core version than {CORE_VERSION}"
        else:
            return OfflineFold(self.settings, partition)
        return None

    def _apply(self, offline: OfflineFold, record: Record) -> None:
        applied = offline.apply(record)
        if applied is None:
            self._expect_letter(record)
            return
        if applied.erased_lead_id is not None:
            lead = lead_key((record.key or b"").decode(), applied.erased_lead_id)
            self.owners.erased(lead, record.offset)
        for assignment in applied.assignments:
            said, value = said_by(assignment), encode(assignment)
            if assignment.get("shadow"):
                self.shadow.expect(said, value)
            else:
                self.published.expect(said, value)
                self.owners.decided(said, assignment)

    def _expect_letter(self, record: Record) -> None:
        place = Place.of(record)
        if self.letters.has(ROUTE, place):
            return
        if record.timestamp < self.letters.kept_since_ms:
            self.letters.row.apart[Apart.NOT_KEPT] += 1
        else:
            self.buried.add(place)
            self.letters.row.find(Kind.MISSING, None, place, "refused by route, and no dead letter")

    async def _read_unfolded(self, report: Report) -> None:
        """Where there was no fold, owners follow from what was published and counted."""
        if not self.unfolded:
            return
        async for records in read_reported(self.clients, self.cut.assignments, report):
            for record in records:
                said = read_said(record.value)
                if said and self.is_counted(said):
                    self.owners.decided(said, decode(record.value))

    def is_counted(self, said: Said) -> bool:
        """Whether the state of a partition without a fold knows of a decision, or has forgotten."""
        return (
            said.inbox.partition in self.unfolded
            and said.inbox.offset < self.cut.applied.get(said.inbox.partition, 0)
            and said.sequence <= self._counted.get(said.lead, said.sequence)
        )

    async def _count(self, partition: int) -> None:
        """Without a fold: the state knows how many decisions of each lead there must be."""
        [(source, span)] = [
            (source, span)
            for source, span in self.cut.state.items()
            if source.partition == partition
        ]
        counted = await read_counts(self.clients, source, span)
        for lead, sequence in counted.items():
            self.published.count(partition, lead, sequence)
        self._counted.update(counted)


def _row(topics: Topics, cause: str, topic: str) -> Comparison:
    short = [name.removeprefix(topics.prefix) for name in (cause, topic)]
    return Comparison(" → ".join(short), topic)
