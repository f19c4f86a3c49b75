"""Whatever happens, and in whatever order the topics are read, the board counts the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from itertools import count
from random import Random
from typing import Any

import msgspec
import pytest
from happenings import begin, happenings, next_event
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router.core.shard import Shard
from router.core.timestamps import rfc3339
from router.intake.codec import encode_event
from router.intake.policy import policy_to_plain
from router.kafka.changelog import MESSAGE_PACKING, stored
from router.kafka.codecs import encode, read_policy
from router.kafka.owners import owner_of
from router.streams.board.answers.backlog import backlog
from router.streams.board.answers.clocks import clocks
from router.streams.board.answers.flows import flows
from router.streams.board.answers.moment import Moment
from router.streams.board.answers.overview import overview
from router.streams.board.answers.policies import policies
from router.streams.board.answers.pools import pools
from router.streams.board.answers.reps import reps
from router.streams.projection.projection import Carries, Projection
from router.streams.projection.projection import Record as Folded
from router.streams.projection.sales_org import KEPT_MS
from tests.e2e.audit.history import Record
from tests.streams.recount import DAY_MS, check_shown, recount

MANY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
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
        owners: dict[str, bytes] = {}
        for each in self._decided:
            self.put("lead.assignments", each["lead_id"], encode(each))
            owners[each["lead_id"]] = encode(owner_of(each))
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


def answers(projection: Projection, moment: Moment) -> dict[str, Any]:
    org = projection.orgs["main"]
    found = {
        "overview": overview(projection, org, moment),
        "flows": flows(org, moment),
        "reps": reps(projection, org, moment),
        "pools": pools(projection, org, moment),
        "backlog": backlog(org, moment, 1_000),
        "clocks": clocks(org, moment),
        "policies": policies(org, moment),
    }
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(found))
    return plain


def moment_of(topics: Topics) -> Moment:
    return Moment(topics.now_ms, topics.now_ms // DAY_MS * DAY_MS)


@MANY
@given(happenings, st.randoms(use_true_random=False))
def test_the_board_counts_what_the_topics_hold(numbers: list[int], random: Random):
    topics = happen(numbers, random)
    moment = moment_of(topics)
    projection = new_projection(topics.now_ms - KEPT_MS)
    read(projection, of_the_last_day(topics, topics.now_ms - KEPT_MS, random), random)
    assert projection.unreadable == 0
    check_shown(
        answers(projection, moment),
        recount(topics.records, "main", moment.now_ms, moment.day_ms),
    )


@MANY
@given(happenings, st.randoms(use_true_random=False))
def test_a_board_begun_anew_shows_what_one_shows_that_was_there_all_along(
    numbers: list[int], random: Random
):
    topics = happen(numbers, random)
    moment = moment_of(topics)
    there = new_projection(0)
    for record in in_order(topics):
        there.forget_old(record.timestamp_ms)
        there.apply(CARRIES[record.topic], [folded(record)])
    anew = new_projection(topics.now_ms - KEPT_MS)
    read(anew, of_the_last_day(topics, topics.now_ms - KEPT_MS, random), random)
    shown, expected = answers(anew, moment), answers(there, moment)
    for name in expected:
        assert shown[name] == expected[name]


@MANY
@given(happenings, st.randoms(use_true_random=False))
def test_a_leads_story_holds_every_decision_of_the_day_in_order(numbers: list[int], random: Random):
    topics = happen(numbers, random)
    since_ms = topics.now_ms - KEPT_MS
    projection = new_projection(since_ms)
    read(projection, of_the_last_day(topics, since_ms, random), random)
    stories = projection.orgs["main"].stories
    expected: dict[str, list[bytes]] = defaultdict(list)
    for record in topics.records["lead.assignments"]:
        if record.timestamp_ms >= since_ms:
            expected[(record.key or b"").decode()].append(record.value or b"")
    assert {lead_id: stories.of(lead_id) for lead_id in expected} == dict(expected)


@pytest.mark.parametrize(
    "odd", [{"published_at": "soon"}, {"compiled": {"effective_from_ms": 10**18}}]
)
def test_a_policy_without_a_time_that_can_be_shown_does_not_keep_the_others_from_view(odd):
    plain = {"policy_id": "p", "version": 1, "published_at": "2027-01-12T09:30:00Z"}
    projection = new_projection(0)
    for offset, policy in enumerate([plain | {"version": 2} | odd, plain]):
        record = Folded(0, offset, 1, b"main/p", msgspec.json.encode(policy))
        projection.apply("policies", [record])
    shown = policies(projection.orgs["main"], Moment(1, 0))["history"]
    assert (projection.unreadable, [row["version"] for row in shown]) == (1, [1])


@pytest.mark.parametrize("carries", list(CARRIES.values()))
@given(st.binary(max_size=60), st.binary(max_size=12) | st.just(b"lead/main/x"))
def test_a_record_that_cannot_be_read_is_counted_and_harms_nothing(
    carries: Carries, value: bytes, key: bytes
):
    projection = new_projection(0)
    projection.apply(carries, [Folded(0, 0, 1, key, value, (("offset", value),))])
    assert projection.unreadable in (0, 1)
    assert answers(projection, Moment(1, 0))["overview"]["today"]["decisions"] == 0
