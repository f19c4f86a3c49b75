"""A batch of activity: into the histories, on to the right partition, or a dead letter."""

import json
from itertools import pairwise

import pytest
from aiokafka.record.memory_records import MemoryRecords
from hypothesis import given
from hypothesis import strategies as st

from router.core.model.policy import Band, EngagementLine, Policy
from router.intake.records.context import IntakeContext
from router.kafka.client.murmur2 import partitions_of
from router.kafka.runtime.write_buffer import Outbox
from router.kafka.topics.topic_metadata import TopicShape
from router.kafka.topics.topic_names import Topics
from router.roles.streams.engagement import step as step_module
from router.roles.streams.engagement.codec import decode_history
from router.roles.streams.engagement.faust_app.agent import Read
from router.roles.streams.engagement.history import DAY_MS, TYPES_MAX, Bounds, History
from router.roles.streams.engagement.policies import PolicyBook
from router.roles.streams.engagement.step import EngagementStep

NOW_MS = 1_800_000_000_000
OCCURRED_AT = "2027-01-15T08:00:00Z"
PARTITIONS = 4
TOPICS = Topics("t.")
SHAPES = {
    name: TopicShape(PARTITIONS)
    for name in (TOPICS.activity, TOPICS.engagement, TOPICS.dead_letters)
}
CONTEXT = IntakeContext(frozenset({"main", "north"}), "main", b"key")


class Rows:
    """A store that is a dictionary."""

    def __init__(self):
        self.rows = {}

    def read_rows(self, partition, keys):
        del partition
        return [self.rows.get(key) for key in keys]


def policy(version=1, points=20, effective_from_ms=0):
    return Policy(
        policy_id="p",
        version=version,
        currency="EUR",
        effective_from_ms=effective_from_ms,
        markets=(),
        default_market_id="",
        channel=(),
        pools=(),
        engagement=(EngagementLine("demo_request", points, 7 * DAY_MS),),
        bands=(Band("hot", 50), Band("cold", None)),
    )


@pytest.fixture
def book():
    book = PolicyBook(CONTEXT)
    book.publish("main", policy(), NOW_MS)
    return book


def step_of(book):
    bounds = Bounds(8, 30 * DAY_MS)
    return EngagementStep(TOPICS, SHAPES, CONTEXT, book, bounds=bounds, step_milli=5_000)


@pytest.fixture
def run(book):
    """Processes records, keeps the rows, and tells what was written: topic → records."""
    store = Rows()
    step = step_of(book)

    def run(*records, trace=None):
        outbox = Outbox(SHAPES, trace, is_transactional=False)
        store.rows.update(step.process(records, store, outbox).rows)
        written = {}
        for batch in outbox.batches():
            found = MemoryRecords(bytes(batch.builder._build()))
            while found.has_next():
                written.setdefault(batch.target.topic, []).extend(
                    (batch.target.partition, record.key, record.value, dict(record.headers))
                    for record in found.next_batch()
                )
        return written

    run.rows = store.rows
    return run


def home_of(lead_id):
    return partitions_of([lead_id.encode()], PARTITIONS)[0]


def record(activity_id="a-1", offset=0, lead_id="L-1", partition=None, headers=(), **changes):
    body = {
        "activity_id": activity_id,
        "lead_id": lead_id,
        "activity_type": "demo_request",
        "occurred_at": OCCURRED_AT,
        **changes,
    }
    place = home_of(lead_id) if partition is None else partition
    value = json.dumps(body).encode()
    return Read(TOPICS.activity, place, offset, NOW_MS, b"any", value, headers)


def engagement(written):
    return [json.loads(value) for _, _, value, _ in written.get(TOPICS.engagement, ())]


def test_the_first_points_are_published_as_the_contract_says(run):
    written = run(record(headers=[("traceparent", b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01")]))
    [(partition, key, value, headers)] = written[TOPICS.engagement]
    assert (partition, key) == (home_of("L-1"), b"L-1")
    assert json.loads(value) == {
        "lead_id": "L-1",
        "sales_org": "main",
        "points_milli": 20_000,
        "half_life_ms": 7 * DAY_MS,
        "occurred_at": "2027-01-15T08:00:00.000Z",
    }
    assert headers["activity_offset"] == f"{partition}:0".encode()
    assert headers["traceparent"].startswith(b"00-aaaa")


class Followed:
    """A trace that says of every record that it was followed."""

    def __init__(self):
        self.offsets, self.reasons = [], []

    def follow(self, traceparent, offset):
        self.offsets.append(offset)
        return traceparent.replace(b"a", b"c")

    def refused(self, reason):
        self.reasons.append(reason)


def test_every_traced_record_is_followed_and_the_last_one_goes_on_with_the_value(run):
    trace, context = Followed(), ("traceparent", b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01")
    bad = Read(TOPICS.activity, home_of("L-1"), 2, NOW_MS, b"any", b"{", [context])
    written = run(
        record("a", 0, headers=[context]), record("b", 1, headers=[context]), bad, trace=trace
    )
    assert sorted(trace.offsets) == [0, 1, 2]
    assert trace.reasons == ["not_json"]
    [(_, _, _, headers)] = written[TOPICS.engagement]
    assert headers["traceparent"].startswith(b"00-cccc")


def test_a_batch_publishes_a_lead_once(run):
    assert [e["points_milli"] for e in engagement(run(record("a", 0), record("b", 1)))] == [40_000]


def test_a_lead_has_no_more_types_than_can_be_kept_and_says_so(run):
    many = [record(f"a-{n}", n, activity_type=f"type-{n}") for n in range(TYPES_MAX + 2)]
    letters = run(*many)[TOPICS.dead_letters]
    assert [headers["reason"] for _, _, _, headers in letters] == [b"invalid_field"] * 2
    [value] = [value for key, value in run.rows.items() if b"L-1" in key]
    assert len(decode_history(value).types) == TYPES_MAX


def test_a_type_that_is_forgotten_makes_room_for_another():
    history, bounds = History(log_ms=NOW_MS), Bounds(8, DAY_MS)
    for number in range(TYPES_MAX):
        history.add(NOW_MS - 300 * DAY_MS, number, f"type-{number}", 1_000, bounds)
    assert not history.has_room_for("another")
    history.add(NOW_MS, 99, "type-7", 1_000, bounds)
    history.log_ms = NOW_MS + 200 * DAY_MS
    history.fold(Bounds(8, 300 * DAY_MS))
    assert history.has_room_for("another")
    assert history.types == ["type-7"]
    assert [single.type_index for single in history.singles.values()] == [0]


def test_a_defect_at_one_lead_is_a_dead_letter_and_the_others_count(run, monkeypatch):
    valued = step_module.valued

    def fails_for_one(history, scale, now_ms):
        if len(history.singles) == 2:
            raise ArithmeticError
        return valued(history, scale, now_ms)

    monkeypatch.setattr(step_module, "valued", fails_for_one)
    other = next(f"M-{n}" for n in range(99) if home_of(f"M-{n}") == home_of("L-1"))
    written = run(record("a", 0), record("c", 1, lead_id=other), record("b", 2))
    assert [e["lead_id"] for e in engagement(written)] == [other]
    assert [headers["detail"] for _, _, _, headers in written[TOPICS.dead_letters]] == [
        b"a defect: ArithmeticError"
    ] * 2
    assert [key for key in run.rows if b"L-1" in key] == [], "nothing of it has been counted"


def test_a_repeated_id_counts_nothing(run):
    run(record("a", 0))
    assert run(record("a", 1)) == {}


def test_a_record_read_a_second_time_changes_nothing(run):
    run(record("a", 0))
    before = dict(run.rows)
    assert run(record("a", 0)) == {}
    assert run.rows == before


def test_even_what_was_folded_away_does_not_count_twice_when_it_is_read_again(run):
    batch = [record(f"a-{n}", n) for n in range(40)]  # far more than are remembered singly
    run(*batch)
    before = dict(run.rows)
    assert run(*batch) == {}
    assert run.rows == before


def test_the_same_lead_id_in_two_sales_orgs_is_two_leads(run, book):
    book.publish("north", policy(points=7), NOW_MS)
    written = run(record("a", 0), record("a", 1, sales_org="north"))
    found = {each["sales_org"]: each["points_milli"] for each in engagement(written)}
    assert found == {"main": 20_000, "north": 7_000}


def test_a_record_in_the_wrong_partition_goes_on_to_the_right_one_and_counts_there(run):
    wrong = (home_of("L-1") + 1) % PARTITIONS
    sent = record(partition=wrong, headers=[("traceparent", b"x")])
    [(partition, key, value, headers)] = run(sent)[TOPICS.activity]
    assert (partition, key, value) == (home_of("L-1"), b"L-1", sent.value)
    assert headers == {"traceparent": b"x", "forwarded": str(wrong).encode()}
    assert not run.rows
    arrived = record(headers=list(headers.items()))
    assert engagement(run(arrived))


def test_it_is_sent_on_only_once(run):
    wrong = (home_of("L-1") + 1) % PARTITIONS
    written = run(record(partition=wrong, headers=[("forwarded", b"2")]))
    [(_, _, _, headers)] = written[TOPICS.dead_letters]
    assert headers["reason"] == b"invalid_field"
    assert TOPICS.activity not in written


def test_a_bad_record_is_a_dead_letter_and_those_around_it_count(run):
    bad = record("b", 1)._replace(value=b"{", headers=[("source", b"crm")])
    written = run(record("a", 0), bad, record("c", 2))
    [(_, key, value, headers)] = written[TOPICS.dead_letters]
    assert (key, value) == (b"any", b"{")
    assert {name: text.decode() for name, text in headers.items()} == {
        "reason": "not_json",
        "detail": "the value is not JSON",
        "step": "engagement",
        "topic": TOPICS.activity,
        "partition": str(home_of("L-1")),
        "offset": "1",
        "timestamp_ms": str(NOW_MS),
        "original.source": b"crm".decode(),
    }
    assert engagement(written)[0]["points_milli"] == 40_000


def test_before_any_policy_activity_is_remembered_and_counts_with_the_leads_next(run, book):
    north = {"sales_org": "north", "lead_id": "L-7"}
    assert run(record("a", 0, **north)) == {}
    book.publish("north", policy(points=7), NOW_MS)
    assert [e["points_milli"] for e in engagement(run(record("b", 1, **north)))] == [14_000]


def test_a_new_policy_applies_to_what_is_remembered(run, book):
    run(record("a", 0))
    book.publish("main", policy(version=2, points=30), NOW_MS)
    assert [e["points_milli"] for e in engagement(run(record("b", 1)))] == [60_000]


def test_a_policy_applies_from_its_time_on_and_an_old_version_never(book):
    book.publish("main", policy(version=2, points=30, effective_from_ms=NOW_MS + 10), NOW_MS)
    book.publish("main", policy(version=1, points=99), NOW_MS)
    points = [book.scale("main", NOW_MS + ms).lines["demo_request"][0] for ms in (0, 9, 10)]
    assert points == [20, 20, 30]
    assert book.scale("north", NOW_MS) is None


@given(cuts=st.sets(st.integers(1, 29)), again=st.lists(st.integers(0, 29), max_size=5))
def test_however_a_log_is_cut_into_batches_and_read_again_the_history_is_the_same(cuts, again):
    leads = [lead for n in range(100) if home_of(lead := f"L-{n}") == 0][:3]
    log = [record(f"a-{n % 25}", n, lead_id=leads[n % 3]) for n in range(30)]
    assert _histories([log]) == _histories(_batches(log, cuts, again))


def _batches(log, cuts, again):
    edges = [0, *sorted(cuts), len(log)]
    batches = []
    for n, (begin, end) in enumerate(pairwise(edges)):
        back = again[n] if n < len(again) else 0  # a restart: some of it comes once more
        batches.append(log[max(0, begin - back) : end])
    return batches


def _histories(batches):
    book, rows = PolicyBook(CONTEXT), Rows()
    step = step_of(book)
    for batch in batches:
        outbox = Outbox(SHAPES, is_transactional=False)
        rows.rows.update(step.process(batch, rows, outbox).rows)
    return {key: decode_history(value) for key, value in rows.rows.items()}
