"""Publishing again what the inbox proves, and nothing else.

First the decisions and dead letters that the fold makes and nobody has seen, and numbers of reps;
then the row of each lead's last decision; then records that intake has passed without a trace, once
more to their input topic. An older row must never replace a newer one, so nobody else may write
meanwhile: no router runs, and each partition is written under route's own transactional id. A
router that is started in the middle fences us and nothing more is written; one that hangs somewhere
is fenced by us.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiokafka.structs import TopicPartition

from router.audit.auditor import Audit
from router.audit.findings import Place
from router.audit.fold import Applied, OfflineFold
from router.audit.published import BETWEEN, lead_key, read_said, said_by
from router.audit.reading import Report, read_reported
from router.audit.resend import send_again
from router.audit.writer import RECORDS_MAX, FencedWriter
from router.core.model.assignment import Assignment
from router.errors import LeadRouterError
from router.intake.contract import DeadLetterReason
from router.kafka.queries.groups import read_groups
from router.kafka.queries.reader import Span
from router.kafka.runtime.dead_letters import DeadLetterBox
from router.kafka.runtime.step import Record, RetriableError
from router.kafka.runtime.write_buffer import NO_HEADERS
from router.kafka.topics.codecs import EventHeaders, decode, encode, traceparent_of
from router.kafka.topics.owners import owner_row
from router.kafka.topics.topic_metadata import read_shapes
from router.kafka.topics.topic_names import topics_of
from router.roles.intake.plan import NAME as INTAKE
from router.roles.route.plan import NAME as ROUTE
from router.roles.route.plan import sales_orgs_of, topics_written_by_route


@dataclass(slots=True)
class _Lacking:
    """What one partition of the inbox proves and the topics lack."""

    letters: set[Place] = field(default_factory=set)
    reps: list[tuple[bytes, bytes]] = field(default_factory=list)
    leads: set[str] = field(default_factory=set)

    by_fold: bool = False
    """Whether the inbox must be folded for it."""


async def repair(audit: Audit, report: Report) -> Counter[str]:
    """Publish again what can be; returns how many records, by topic.

    Raises:
        LeadRouterError: a router runs, has run since the audit read, or was started meanwhile.
    """
    if not audit.mendable:
        return Counter()
    await _refuse_beside_routers(audit)
    written: Counter[str] = Counter()
    shapes = await read_shapes(audit.clients, topics_written_by_route(audit.settings))
    letters = DeadLetterBox(topics_of(audit.settings).dead_letters, ROUTE, shapes)
    try:
        for partition, lacking in sorted(_lacking(audit).items()):
            async with FencedWriter(audit, partition, shapes, written) as writer:
                await _Mending(audit, partition, writer, letters, lacking).publish(report)
    except RetriableError as error:
        cause = type(error.__cause__).__name__
        raise LeadRouterError(
            f"the repair was broken off after {written.total()} records, because a router was"
            f" started or the broker failed ({cause}): stop the routers, then run it again"
        ) from error
    written += await send_again(audit.clients, audit.inputs.missing)
    return written


def _lacking(audit: Audit) -> Mapping[int, _Lacking]:
    found: defaultdict[int, _Lacking] = defaultdict(_Lacking)

    def of(key: str, between: str = BETWEEN) -> _Lacking:
        return found[audit.settings.inbox_partition(key.split(between, 1)[0])]

    for place in audit.buried:
        found[place.partition].letters.add(place)
        found[place.partition].by_fold = True
    for key in audit.published.missing | audit.shadow.missing:
        of(key).by_fold = True
    for lead in audit.owners.wrong:
        of(lead).leads.add(lead)
        of(lead).by_fold = True
    for row, value in audit.reps.wrong.items():
        of(row.decode(), "/").reps.append((row, value))
    return found


async def _refuse_beside_routers(audit: Audit) -> None:
    prefix = audit.settings.topics.prefix
    names = {f"{prefix}{step}": step for step in (INTAKE, ROUTE)}
    running = [group for group in await read_groups(audit.clients, names) if group.processes]
    if running:
        steps = " and ".join(f"{group.step} ({group.processes})" for group in running)
        raise LeadRouterError(
            f"nothing was repaired, because a router runs {steps}: stop every process of it (one"
            " that was killed counts until its session expires), then repair, then start them"
        )


class _Mending:
    """Publishes what one partition of the inbox proves."""

    def __init__(
        self,
        audit: Audit,
        partition: int,
        writer: FencedWriter,
        letters: DeadLetterBox,
        lacking: _Lacking,
    ) -> None:
        """Nothing is published yet."""
        self._audit = audit
        self._topics = topics_of(audit.settings)
        self._partition = partition
        self._writer = writer
        self._letters = letters
        self._lacking = lacking
        self._headers = EventHeaders()
        self._rows: dict[str, bytes | None] = {}

    async def publish(self, report: Report) -> None:
        """Publish numbers of reps and what was decided, then the rows that follow from it."""
        for key, value in self._lacking.reps:
            self._writer.put(self._topics.reps, (key, value, NO_HEADERS))
        if self._partition in self._audit.unfolded:
            await self._read_rows(report)
        elif self._lacking.by_fold:
            await self._fold(report)
        await self._writer.write()
        for lead, row in self._rows.items():
            key = lead.split(BETWEEN)[1].encode()
            self._writer.put(self._topics.owners, (key, row, NO_HEADERS))
            await self._writer.write(at_least=RECORDS_MAX)
        await self._writer.write()

    async def _fold(self, report: Report) -> None:
        inbox = TopicPartition(self._topics.inbox, self._partition)
        span = Span(0, self._audit.cut.applied[self._partition])
        offline = OfflineFold(self._audit.settings, self._partition)
        async for records in read_reported(self._audit.clients, {inbox: span}, report):
            for record in records:
                self._take(record, offline.apply(record))
            await self._writer.write(at_least=RECORDS_MAX)

    def _take(self, record: Record, applied: Applied | None) -> None:
        if applied is None:
            self._bury(record)
            return
        for assignment in applied.assignments:
            self._put(record, assignment)
        if applied.erased_lead_id is not None:
            lead = lead_key((record.key or b"").decode(), applied.erased_lead_id)
            if lead in self._lacking.leads:
                self._rows[lead] = None

    def _put(self, record: Record, assignment: Assignment) -> None:
        """Add a decision that is missing, as route published it or should have; keep its row."""
        said, audit = said_by(assignment), self._audit
        is_shadow = assignment.get("shadow", False)
        published = audit.shadow if is_shadow else audit.published
        if published.key_of(said) in published.missing:
            headers = self._headers.of(assignment, traceparent_of(record.headers))
            event = (assignment["lead_id"].encode(), encode(assignment), headers)
            self._writer.put(published.row.topic, event)
        if not is_shadow and said.lead in self._lacking.leads:
            self._rows[said.lead] = owner_row(assignment)

    def _bury(self, record: Record) -> None:
        if Place.of(record) not in self._lacking.letters:
            return
        orgs = sales_orgs_of(self._audit.settings, self._partition)
        known = (record.key or b"").decode("utf-8", "replace") in orgs
        reason = DeadLetterReason.UNEXPECTED_ERROR if known else DeadLetterReason.UNKNOWN_SALES_ORG
        detail = "found again by `lead-router audit`"
        self._letters.put(self._writer.outbox, record, reason=reason, detail=detail)
        self._writer.count(self._topics.dead_letters)

    async def _read_rows(self, report: Report) -> None:
        """Without a fold: the last decision of a lead that is published, and that is counted."""
        if not self._lacking.leads:
            return
        newest: dict[str, int] = {}
        spans = self._audit.cut.assignments
        async for records in read_reported(self._audit.clients, spans, report):
            for record in records:
                said = read_said(record.value)
                if said is None or said.lead not in self._lacking.leads:
                    continue
                if self._audit.is_counted(said) and said.sequence >= newest.get(said.lead, 0):
                    newest[said.lead] = said.sequence
                    self._rows[said.lead] = owner_row(decode(record.value))
