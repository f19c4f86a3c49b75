"""What a router leaves in its topics while things happen, and how boards come to read it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from itertools import count
from random import Random
from typing import Any

import msgspec
from happenings import begin, next_event

from router.board.projection.projection import Carries, Projection
from router.board.projection.projection import Record as Folded
from router.core.model.timestamps import rfc3339
from router.core.shard import Shard
from router.intake.policy import policy_to_plain
from router.intake.wire.codec import encode_event
from router.kafka.topics.changelog import MESSAGE_PACKING, stored
from router.kafka.topics.codecs import encode, read_policy
from router.kafka.topics.owners import owner_row
from tests.e2e.audit.history import Record

PARTITIONS = 3
TRANSACTION_MS_MAX = 1_000

CARRIES: dict[str, Carries] = {
    "lead.assignments": "assignments",
    "lead.owners": "owners",
    "routing.state": "state",
    "routing.inbox": "inbox",
    "policies": "policies",
    "dead-letters": "dead_letters",
}


class Topics:
    """What a router leaves in its topics as things happen; one transaction for a few events."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.shard = Shard(0, ("main",), read_policy, MESSAGE_PACKING)
        self.records: dict[str, list[Record]] = {name: [] for name in CARRIES}
        self._offsets: defaultdict[tuple[str, int], Iterator[int]] = defaultdict(count)
        self._decided: list[Any] = []
        self.now_ms = 0

    def put(self, topic: str, key: str, value: bytes | None, headers: Any = ()) -> int:
        partition = 0 if topic in {"routing.inbox", "routing.state"} else len(key) % PARTITIONS
        offset = next(self._offsets[topic, partition])
        self.records[topic].append(
            Record(topic, partition, offset, self.now_ms, key.encode(), value, headers)
        )
        return offset

    def take(self, event: Any, at_ms: int) -> None:
        if at_ms - self.now_ms > TRANSACTION_MS_MAX:
            self.commit()
        self.now_ms = max(self.now_ms, at_ms)
        if event.kind == "policy":
            self.put("policies", f"main/{event.policy.policy_id}", document(event.policy, at_ms))
        offset = self.put("routing.inbox", "main", encode_event(event))
        decided = self.shard.apply("main", event, timestamp_ms=self.now_ms, offset=offset)
        self.now_ms += self.random.choice((0, 0, 3, 40))
        self._decided += [each for each in decided if not each.get("shadow")]
        if self.random.random() < 0.1:
            headers = (("reason", b"not_json"), ("step", b"intake"), ("partition", b"0"))
            self.put("dead-letters", "key", b"{", headers)
        if self.random.random() < 0.6:
            self.commit()

    def commit(self) -> None:
        owners: dict[str, bytes | None] = {}
        for each in self._decided:
            self.put("lead.assignments", each["lead_id"], encode(each))
            owners[each["lead_id"]] = owner_row(each)
        self._decided.clear()
        for lead_id, row in owners.items():
            self.put("lead.owners", lead_id, row)
        for key, value in self.shard.take_changes():
            self.put("routing.state", key, stored(value))


def document(policy: Any, at_ms: int) -> bytes:
    return msgspec.json.encode(
        {
            "policy_id": policy.policy_id,
            "version": policy.version,
            "published_at": rfc3339(at_ms),
            "source": "policy: test",
            "compiled": policy_to_plain(policy),
        }
    )


def happen(numbers: list[int], random: Random) -> Topics:
    world, topics = begin(numbers[0]), Topics(random)
    for number in numbers:
        world.feed(next_event(number, world))
    for at_ms, event in world.log:
        topics.take(deepcopy(event), at_ms)
    topics.commit()
    return topics


def folded(record: Record) -> Folded:
    return Folded(
        record.partition,
        record.offset,
        record.timestamp_ms,
        record.key,
        record.value,
        record.headers,
    )


def new_projection(since_ms: int) -> Projection:
    return Projection(["main"], "main", since_ms=since_ms)


def read(projection: Projection, records: Iterable[Record], random: Random) -> None:
    """In pieces, partitions mixed at random; some pieces again, as after a lost connection."""
    queues: dict[tuple[str, int], list[Record]] = defaultdict(list)
    for record in records:
        queues[record.topic, record.partition].append(record)
    while queues:
        place = random.choice(sorted(queues))
        queue = queues[place]
        size = random.randrange(1, 6)
        projection.apply(CARRIES[place[0]], [folded(each) for each in queue[:size]])
        again = random.randrange(3)
        queues[place] = queue[max(size - again, 1) :]
        if not queues[place]:
            del queues[place]


def in_order(topics: Topics) -> Iterator[Record]:
    every = [each for records in topics.records.values() for each in records]
    return iter(sorted(every, key=lambda each: each.timestamp_ms))


def compacted(records: Sequence[Record]) -> list[Record]:
    last = {record.key: record for record in records}
    return [record for record in records if last[record.key] is record]


def of_the_last_day(topics: Topics, since_ms: int, random: Random) -> list[Record]:
    """What a board reads that starts at some time of the last day.

    It follows ``lead.owners`` no further than to where it ended then.
    """
    started_ms = random.randrange(max(since_ms, 0), topics.now_ms + 1)
    owners = [each for each in topics.records["lead.owners"] if each.timestamp_ms <= started_ms]
    kept = [
        each
        for name in ("lead.assignments", "routing.inbox", "dead-letters")
        for each in topics.records[name]
        if each.timestamp_ms >= since_ms
    ]
    kept += compacted(owners) + compacted(topics.records["routing.state"])
    return kept + topics.records["policies"]
