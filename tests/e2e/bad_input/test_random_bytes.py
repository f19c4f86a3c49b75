"""Random bytes in the inbox: applied, or a dead letter that leaves the state as it was."""

import json
from types import SimpleNamespace

from aiokafka.structs import TopicPartition
from auditor import everything
from happenings import begin, next_event
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router.intake.wire.codec import encode_event
from router.kafka.runtime.dead_letters import DeadLetterBox
from router.kafka.runtime.write_buffer import Outbox
from router.kafka.topics.changelog import Layout
from router.kafka.topics.topic_metadata import TopicShape
from router.kafka.topics.topic_names import topics_of
from router.roles.route.breaker import Breaker
from router.roles.route.plan import topics_written_by_route
from router.roles.route.step import RouteParts, RouteStep
from router.settings import BreakerSettings, Settings
from tests.e2e.bad_input.company import encoded

SETTINGS = Settings(sales_orgs=["main", "other"], default_sales_org="main")
TOPICS = topics_of(SETTINGS)
SHAPES = {name: TopicShape(4) for name in topics_written_by_route(SETTINGS)}
INBOX = TopicPartition(TOPICS.inbox, 0)
MANY = settings(max_examples=200, suppress_health_check=list(HealthCheck))

keys = st.sampled_from([b"main", b"main", b"main", b"other", b"nobody", b"\xff", b"", None])
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=12),
    st.sampled_from([0, -1, 10**30, 2**63, 1e300, "main", "L1", "inside", "a@b.co", "\x00"]),
)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
KINDS = ["lead", "feedback", "engagement", "rep", "account", "policy", "command", "tick", "x"]


class Route:
    """The step of route without a broker, in the middle of a company's life."""

    def __init__(self, number):
        self.world = begin(number)
        shared = {"layout": Layout(1, ("main", "other"))}
        parts = RouteParts(
            topics=TOPICS,
            restorer=SimpleNamespace(**shared),
            dead_letters=DeadLetterBox(TOPICS.dead_letters, "route", SHAPES),
            feedback=SimpleNamespace(),
            leap_max_ms=60_000,
        )
        breaker = Breaker(BreakerSettings(dead_letters_max=1_000, window_records=1_000))
        self.step = RouteStep(INBOX, ("main", "other"), parts, breaker)
        self.step._fold = self.world.shard
        self.offset = len(self.world.log)

    def take(self, value, key=b"main"):
        """Process one record as the runtime does; returns the dead letter, if it became one."""
        outbox = Outbox(SHAPES)
        record = SimpleNamespace(
            topic=INBOX.topic,
            partition=INBOX.partition,
            offset=self.offset,
            timestamp=self.world.now_ms,
            key=key,
            value=value,
            headers=(),
        )
        self.offset += 1
        assert self.step.process([record], outbox) is None
        self.step.seal(outbox)
        assert list(outbox.batches())
        dead = [
            *outbox.by_key(TOPICS.dead_letters),
            *(each for n in range(4) for each in outbox.at(TopicPartition(TOPICS.dead_letters, n))),
        ]
        assert all(each[:2] == (key, value) for each in dead)
        assert len(dead) <= 1
        return dead[0] if dead else None


def check(route, value, key=b"main"):
    before = everything(route.world.shard)
    if route.take(value, key) is not None:
        assert everything(route.world.shard) == before
    assert route.world.shard.next_offset == route.offset


@MANY
@given(value=st.none() | st.binary(max_size=200), key=keys, number=st.integers(0, 5))
def test_random_bytes_are_dead_letters_or_applied(value, key, number):
    check(Route(number), value, key)


@MANY
@given(
    kind=st.sampled_from(KINDS),
    fields=st.dictionaries(
        st.sampled_from(["event_id", "event_type", "lead_id", "facts", "due_ms", "rep_id"])
        | st.text(max_size=8),
        trees,
    ),
    key=keys,
)
def test_random_fields_are_dead_letters_or_applied(kind, fields, key):
    check(Route(0), encoded({"kind": kind, **fields}), key)


@MANY
@given(numbers=st.lists(st.integers(0, 10**6), min_size=1, max_size=6), choice=st.data())
def test_events_with_one_part_replaced_are_dead_letters_or_applied(numbers, choice):
    route = Route(numbers[0])
    for number in numbers:
        event = next_event(number, route.world)
        plain = json.loads(encode_event(event))
        *way, last = choice.draw(st.sampled_from(list(paths_of(plain))))
        place = plain
        for step in way:
            place = place[step]
        place[last] = choice.draw(st.one_of(like(place[last]), like(place[last]), trees))
        check(route, encoded(plain))


@MANY
@given(numbers=st.lists(st.integers(0, 10**6), min_size=1, max_size=6), choice=st.data())
def test_events_with_one_byte_changed_are_dead_letters_or_applied(numbers, choice):
    route = Route(numbers[0])
    for number in numbers:
        value = bytearray(encode_event(next_event(number, route.world)))
        value[choice.draw(st.integers(0, len(value) - 1))] = choice.draw(st.integers(0, 255))
        check(route, bytes(value))


def like(value):
    """Parts of the same type: most get through the decoder, and some are too much for the core."""
    if isinstance(value, str):
        return st.sampled_from(["", "main", "L1", "inside", "ghost", "emea-inside", "won"])
    if isinstance(value, bool):
        return st.booleans()
    if isinstance(value, int):
        return st.sampled_from([0, 1, -1, 10**15, -(10**15), 10**30])
    return st.just([] if isinstance(value, list) else {})


def paths_of(value, path=()):
    """Every place inside a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for step, part in inner:
        yield (*path, step)
        if isinstance(part, dict | list):
            yield from paths_of(part, (*path, step))
