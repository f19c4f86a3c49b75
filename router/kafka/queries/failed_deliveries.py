"""Assignments that a destination refused, and sending them there again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from router.core.model.assignment import Assignment
from router.kafka.client.clients import Clients, start_whole
from router.kafka.client.closing import stop_producer
from router.kafka.queries.lookups import latest_by_key
from router.kafka.queries.reader import read_topic
from router.kafka.runtime.step import Record
from router.kafka.topics.codecs import decode
from router.kafka.topics.topic_names import Topics

DESTINATION_HEADER = "destination"
WHY_HEADER = "why"


@dataclass(frozen=True, slots=True)
class FailedDelivery:
    """One that failed. ``is_superseded``: a later decision about the lead has been made since."""

    record: Record
    destination: str
    why: str
    assignment: Assignment
    is_superseded: bool


async def failed_deliveries(clients: Clients, topics: Topics) -> list[FailedDelivery]:
    """Return those that were not sent again since, the latest last; one for each assignment."""
    retried = {
        _identity(record): record.timestamp
        async for record in read_topic(clients, topics.deliveries_retry)
    }
    failed = {
        _identity(record): record async for record in read_topic(clients, topics.deliveries_failed)
    }
    waiting = [
        (destination, record)
        for (destination, assignment_id), record in failed.items()
        if record.timestamp > retried.get((destination, assignment_id), -1)
    ]
    if not waiting:
        return []
    owners = await latest_by_key(clients, topics.owners)
    current = {key: decode(value)["assignment_id"] for key, value in owners.items()}
    found = [_failed(destination, record, current) for destination, record in waiting]
    return sorted(found, key=lambda each: each.record.timestamp)


async def retry(clients: Clients, topics: Topics, failed: Sequence[FailedDelivery]) -> None:
    """Have ``failed`` brought to their destinations again."""
    producer = clients.plain_producer()
    try:
        await start_whole(producer)
        for each in failed:
            headers = [(DESTINATION_HEADER, each.destination.encode())]
            await producer.send_and_wait(
                topics.deliveries_retry, each.record.value, key=each.record.key, headers=headers
            )
    finally:
        await stop_producer(producer)


def _identity(record: Record) -> tuple[str, str]:
    """Return the destination and the assignment's id."""
    return _header(record, DESTINATION_HEADER), decode(record.value or b"{}")["assignment_id"]


def _header(record: Record, name: str) -> str:
    return (dict(record.headers).get(name) or b"").decode()


def _failed(destination: str, record: Record, current: dict[str, str]) -> FailedDelivery:
    assignment = decode(record.value or b"{}")
    return FailedDelivery(
        *(record, destination, _header(record, WHY_HEADER), assignment),
        is_superseded=current.get(assignment["lead_id"]) != assignment["assignment_id"],
    )
