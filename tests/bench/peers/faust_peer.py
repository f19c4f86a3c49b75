"""Faust making the router's own decision, one event at a time or in batches; at least once.

It reads the same inbox records as route, decides with the same :class:`Shard`, sends the same
assignment, and writes one table entry per lead (smaller than the router's changelog record).
Faust's own exactly-once mode is not used: it is slower, and it is not exactly once
(docs/performance.md).

Arguments: bootstrap servers, application id, input topic, output topic, commit interval in ms,
directory for its files, ``one`` or ``batched``.
"""

from __future__ import annotations

import asyncio
import sys
import weakref
from collections.abc import Iterator, Sequence
from typing import Any

import faust
import msgspec
from faust.streams import _current_event

from router.core.model.assignment import Assignment
from router.core.shard import Shard
from router.core_form import core_form
from router.intake.wire.codec import decode_event
from tests.bench.workers.decide import new_shard

PARTITIONS = 4
BATCH_EVENTS = 2_000
encode = msgspec.json.Encoder().encode


def decide(shards: dict[int, Shard], event: faust.EventT) -> list[Assignment]:
    """The decisions of one inbox record, by its partition's shard."""
    message = event.message
    shard = shards.get(message.partition)
    if shard is None:
        shard = shards[message.partition] = new_shard(message.partition)
    decided = shard.apply(
        message.key.decode(),
        decode_event(event.value),
        timestamp_ms=int(message.timestamp * 1_000),
        offset=message.offset,
    )
    shard._journal.changed.clear()  # the table is the changelog here
    return decided


def entry(assignment: Assignment) -> dict[str, Any]:
    """What the table keeps of a lead."""
    return {"assignment_id": assignment["assignment_id"], "rep_id": assignment.get("rep_id")}


def build(settings: Sequence[str], linger_s: float) -> tuple[Any, Any, Any, Any]:
    """(app, input stream's topic, output topic, table)."""
    bootstrap, name, source, target, commit_ms, files = settings
    app = faust.App(
        name,
        broker=f"kafka://{bootstrap}",
        store="memory://",
        datadir=files,
        web_enabled=False,
        topic_partitions=PARTITIONS,
        topic_replication_factor=1,
        topic_disable_leader=True,
        broker_commit_interval=int(commit_ms) / 1_000,
        producer_acks=-1,
        # Bigger batches and more records a poll, by
        # https://faust-streaming.github.io/faust/userguide/settings.html
        producer_max_batch_size=500_000,
        producer_linger=linger_s,
        broker_max_poll_records=4_000,
        stream_buffer_maxsize=4_096,
        worker_redirect_stdouts=False,
    )
    inbox = app.topic(source, key_type=bytes, value_type=bytes, key_serializer="raw",
                      value_serializer="raw")  # fmt: skip
    assignments = app.topic(target, key_serializer="raw", value_serializer="raw")
    owners = app.Table("owners", partitions=PARTITIONS, key_type=str, value_type=None)
    return app, inbox, assignments, owners


def add_one_by_one(app: Any, inbox: Any, assignments: Any, owners: Any) -> None:
    """The way the documentation shows: an agent that takes an event and sends what follows."""
    shards: dict[int, Shard] = {}

    @app.agent(inbox)
    async def route(stream: Any) -> None:
        async for event in stream.events():
            for assignment in decide(shards, event):
                owners[assignment["lead_id"]] = entry(assignment)
                await assignments.send(key=assignment["lead_id"].encode(), value=encode(assignment))


def add_batched(app: Any, inbox: Any, assignments: Any, owners: Any) -> None:
    """``take_events``: many events before the loop runs again, sends awaited together."""
    shards: dict[int, Shard] = {}

    @app.agent(inbox)
    async def route(stream: Any) -> None:
        async for events in stream.take_events(BATCH_EVENTS, within=0.1):
            await asyncio.gather(*_sends(events))

    def _sends(events: list[faust.EventT]) -> Iterator[Any]:
        for event in events:
            # outside of an iteration the table does not know the partition: tell it
            token = _current_event.set(weakref.ref(event))
            for assignment in decide(shards, event):
                owners[assignment["lead_id"]] = entry(assignment)
                yield assignments.send(key=assignment["lead_id"].encode(), value=encode(assignment))
            _current_event.reset(token)


def main(arguments: list[str]) -> None:
    print(f"core={core_form()}", flush=True)
    *settings, way = arguments
    # Tried with and without, each way has what was faster: batches fill Faust's buffer of 100
    # messages, which is then waited for.
    add, linger_s = {"one": (add_one_by_one, 0.05), "batched": (add_batched, 0.0)}[way]
    app, inbox, assignments, owners = build(settings, linger_s)
    add(app, inbox, assignments, owners)
    faust.Worker(app, loglevel="WARNING").execute_from_commandline()


if __name__ == "__main__":
    main(sys.argv[1:])
