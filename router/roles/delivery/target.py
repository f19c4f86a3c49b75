"""A destination as the sink runtime calls it: render, send, and tell what became of it."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import aiohttp

from router.kafka.queries.failed_deliveries import DESTINATION_HEADER, WHY_HEADER
from router.kafka.runtime.step import Record
from router.kafka.sink.answer import Answer, Verdict
from router.kafka.topics.codecs import decode, encode
from router.kafka.topics.topic_names import Topics
from router.observe.meters import DeliveryMeters
from router.roles.delivery.reports import Reports
from router.roles.delivery.request import AssignmentEvent, Destination, idempotency_key
from router.roles.delivery.sender import send
from router.telemetry import logger

log = logger(__name__)


class DestinationTarget:
    """Brings assignments to one destination."""

    def __init__(
        self,
        name: str,
        destination: Destination,
        timeout_s: float,
        session: aiohttp.ClientSession,
        reports: Reports,
        topics: Topics,
        meters: DeliveryMeters,
    ) -> None:
        """``name`` is the destination's in the settings."""
        self._name, self._destination, self._timeout_s = name, destination, timeout_s
        self._session, self._reports, self._topics = session, reports, topics
        self._meters = meters

    async def deliver(self, record: Record) -> Answer:
        """Bring ``record`` there once."""
        if record.value is None or not self._is_for_me(record):
            return Answer(Verdict.SKIPPED)
        assignment: AssignmentEvent = decode(record.value)
        key = idempotency_key(assignment["assignment_id"], self._name)
        request = self._destination.render(assignment, key, int(time.time()))
        if request is None:
            return Answer(Verdict.SKIPPED)
        answer = await send(self._session, request, self._destination, self._timeout_s)
        self._meters.calls.add(self._name, answer.verdict)
        return answer

    def _is_for_me(self, record: Record) -> bool:
        """A failed delivery that is sent again is for one destination only."""
        named = dict(record.headers).get(DESTINATION_HEADER)
        return named is None or named == self._name.encode()

    async def settle(self, record: Record, answer: Answer) -> None:
        """Tell of the end of ``record``: to the lead's story, and if it failed, for a retry."""
        assignment: AssignmentEvent = decode(record.value)
        has_failed = answer.verdict is Verdict.REFUSED
        if has_failed:
            headers = [
                (DESTINATION_HEADER, self._name.encode()),
                (WHY_HEADER, answer.why.encode()),
            ]
            await self._reports.write(
                self._topics.deliveries_failed, record.key, record.value, headers
            )
            log.warning("delivery.failed", destination=self._name, why=answer.why)
        else:
            decided = datetime.fromisoformat(assignment["decided_at"])
            self._meters.seconds.observe(time.time() - decided.timestamp(), self._name)
        report = feedback_of(assignment, self._name, answer, _now())
        await self._reports.write(self._topics.feedback, record.key, encode(report))


def feedback_of(
    assignment: AssignmentEvent, destination: str, answer: Answer, now: str
) -> dict[str, str]:
    """Return the report: ``delivered`` or ``delivery_failed``; the same id however often told."""
    has_failed = answer.verdict is Verdict.REFUSED
    kind = "delivery_failed" if has_failed else "delivered"
    report = {
        "event_id": f"{idempotency_key(assignment['assignment_id'], destination)}.{kind}",
        "lead_id": assignment["lead_id"],
        "feedback_type": kind,
        "occurred_at": now,
        "sales_org": assignment["sales_org"],
        "assignment_id": assignment["assignment_id"],
        "actor": f"delivery.{destination}",
    }
    return {**report, "reason": answer.why[:64]} if has_failed else report


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
