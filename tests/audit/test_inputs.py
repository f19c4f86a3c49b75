"""What intake has passed must be in the inbox or a dead letter, and what is not, is named."""

import json

import pytest

from router.audit.findings import Apart, Kind, Place
from router.audit.inputs import Inputs
from router.audit.letters import Letters
from router.intake.records.admit import Admitted, admit
from router.intake.records.context import IntakeContext
from router.kafka.topics.positions import Position
from router.kafka.topics.topic_names import input_topics
from tests.audit.making import BEGAN_MS, SETTINGS, TOPICS, cut, kinds, record, row, spans

CONTEXT = IntakeContext.of(SETTINGS)
ROLES = {topic: role for role, topics in input_topics(SETTINGS).items() for topic in topics}


def lead(number, **more):
    return {
        "event_id": f"e-{number}",
        "event_type": "submitted",
        "lead_id": f"L-{number}",
        "occurred_at": "2026-01-05T08:00:00Z",
        **more,
    }


def rep(**more):
    return {"rep_id": "ann", "channels": ["inside"], **more}


class Bench:
    """Inputs with everything they ask."""

    def __init__(self, *, passed=100, at_ms=None, starts=None):
        self.letters = Letters(row(TOPICS.dead_letters))
        self.rows = {topic: row(topic) for topic in ROLES}
        held = {}
        for topic in ROLES:
            held |= spans(topic, ((starts or {}).get(topic, 0), 100))
        made = cut(dict.fromkeys(ROLES, Position(passed, at_ms)), inputs=held)
        self.inputs = Inputs(SETTINGS, made, self.letters, self.rows)
        self.inbox_end = 0

    def send(self, topic, offset, value, **more):
        self.inputs.take_input(record(topic, offset, value, **more))

    def arrive(self, topic, value, *, at_ms, key=None):
        """The inbox record that intake makes of an input record."""
        raw = json.dumps(value).encode() if isinstance(value, dict) else value
        admitted = admit(ROLES[topic], None, key, raw, (), BEGAN_MS, CONTEXT)
        assert isinstance(admitted, Admitted), admitted
        org = admitted.sales_org.encode()
        self.inputs.take_inbox(
            record(TOPICS.inbox, self.inbox_end, admitted.value, key=org, at_ms=at_ms)
        )
        self.inbox_end += 1

    def bury(self, topic, offset, step="intake"):
        headers = {"step": step, "topic": topic, "partition": "0", "offset": str(offset)}
        told = tuple((name, text.encode()) for name, text in headers.items())
        self.letters._take(record(TOPICS.dead_letters, offset, b"", headers=told))

    def judged(self, topic):
        self.inputs.judge()
        return self.rows[topic]


@pytest.fixture
def bench():
    return Bench()


def test_a_lead_that_arrived_is_right_and_one_that_intake_passed_without_a_trace_is_missing(bench):
    bench.send(TOPICS.leads, 1, lead(1))
    bench.send(TOPICS.leads, 2, lead(2))
    bench.arrive(TOPICS.leads, lead(1), at_ms=1_500)
    judged = bench.judged(TOPICS.leads)
    assert judged.same == 1
    [finding] = judged.findings
    assert (finding.kind, finding.subject) == (Kind.MISSING, "L-2")
    assert finding.place == Place(TOPICS.leads, 0, 2)
    assert bench.inputs.missing == [Place(TOPICS.leads, 0, 2)]


def test_what_intake_has_not_passed_is_not_missing():
    bench = Bench(passed=2)
    bench.send(TOPICS.leads, 1, lead(1))
    bench.send(TOPICS.leads, 2, lead(2))
    bench.send(TOPICS.leads, 3, lead(1))  # sent once more, and on its way
    judged = bench.judged(TOPICS.leads)
    assert not judged.findings
    assert judged.apart == {Apart.NOT_YET: 3}


@pytest.mark.parametrize(
    ("passed", "at_ms"), [(101, None), (100, BEGAN_MS)], ids=["by its length", "by the times"]
)
def test_what_lies_in_a_topic_that_was_made_anew_was_never_passed(passed, at_ms):
    bench = Bench(passed=passed, at_ms=at_ms)
    bench.send(TOPICS.leads, 1, lead(1))
    assert bench.judged(TOPICS.leads).apart == {Apart.NOT_YET: 1}


def test_an_event_that_is_sent_again_need_not_arrive_again(bench):
    bench.send(TOPICS.leads, 1, lead(1))
    bench.send(TOPICS.leads, 2, lead(1))
    bench.arrive(TOPICS.leads, lead(1), at_ms=1_500)
    judged = bench.judged(TOPICS.leads)
    assert (judged.same, judged.findings) == (2, [])


def test_a_dead_letter_of_intake_stands_for_the_record_that_was_read_there(bench):
    bench.bury(TOPICS.leads, 1)
    bench.bury(TOPICS.leads, 2, step="route")  # the inbox's offset 2 is another matter
    bench.send(TOPICS.leads, 1, b"not JSON")
    bench.send(TOPICS.leads, 2, b"not JSON either")
    judged = bench.judged(TOPICS.leads)
    assert judged.same == 1
    assert [finding.place.offset for finding in judged.findings] == [2]


def test_of_a_refused_record_nothing_is_told_but_its_place(bench):
    bench.send(TOPICS.leads, 1, lead(1, lead_id="jane@example.com"))
    [finding] = bench.judged(TOPICS.leads).findings
    assert finding.subject is None
    assert "jane" not in str(finding)


def test_a_refused_record_that_was_sent_again_and_is_a_dead_letter_by_now_is_right(bench):
    bench.bury(TOPICS.leads, 2)
    for offset in (1, 2):
        bench.send(TOPICS.leads, offset, b"not JSON")
    assert not bench.judged(TOPICS.leads).findings


def test_what_an_earlier_version_took_and_this_one_refuses_is_found_by_its_ids(bench):
    bench.send(TOPICS.leads, 1, lead(1, occurred_at="of late"))
    bench.arrive(TOPICS.leads, lead(1), at_ms=1_500)
    assert not bench.judged(TOPICS.leads).findings


def test_without_the_dead_letters_of_its_time_nothing_is_said_of_a_record(bench):
    bench.letters.kept_since_ms = BEGAN_MS + 1_500
    bench.send(TOPICS.leads, 1, lead(1))
    bench.send(TOPICS.leads, 2, lead(2))
    judged = bench.judged(TOPICS.leads)
    assert judged.apart == {Apart.NOT_KEPT: 1}
    assert kinds(judged) == {Kind.MISSING: 1}


def test_an_inbox_that_holds_an_event_more_often_than_it_was_sent_has_it_twice(bench):
    for offset, times in ((1, 1), (2, 2)):
        for _ in range(times):
            bench.send(TOPICS.leads, offset, lead(offset))
        for _ in range(2):
            bench.arrive(TOPICS.leads, lead(offset), at_ms=3_000)
    [finding] = bench.judged(TOPICS.leads).findings
    assert (finding.kind, finding.subject) == (Kind.DOUBLE, "L-1")


def test_what_was_sent_before_the_oldest_record_that_is_held_explains_a_double():
    """Its first sending is deleted, and intake was behind when the second came."""
    bench = Bench(starts={TOPICS.leads: 1})
    bench.send(TOPICS.leads, 1, lead(1))
    bench.send(TOPICS.leads, 2, lead(2))
    for _ in range(2):
        bench.arrive(TOPICS.leads, lead(2), at_ms=5_000)
    bench.arrive(TOPICS.leads, lead(1), at_ms=5_000)
    assert not bench.judged(TOPICS.leads).findings


def test_the_newest_entry_of_a_rep_must_be_what_the_inbox_holds_of_them(bench):
    bench.send(TOPICS.roster, 1, rep())
    bench.send(TOPICS.roster, 2, rep(weight=2))
    bench.arrive(TOPICS.roster, rep(), at_ms=1_500)
    [finding] = bench.judged(TOPICS.roster).findings
    assert (finding.kind, finding.subject, finding.place.offset) == (Kind.MISSING, "ann", 2)


def test_an_entry_that_was_replaced_or_written_otherwise_by_an_earlier_version_is_right(bench):
    bench.send(TOPICS.roster, 1, rep(weight=2))
    bench.arrive(TOPICS.roster, rep(weight=3), at_ms=1_500)
    assert not bench.judged(TOPICS.roster).findings


def test_an_inbox_stamped_by_a_slow_clock_holds_the_same_entry_all_the_same(bench):
    bench.send(TOPICS.roster, 1, rep(weight=2))
    bench.arrive(TOPICS.roster, rep(weight=2), at_ms=500)
    assert not bench.judged(TOPICS.roster).findings


def test_a_removal_is_looked_for_like_an_entry(bench):
    bench.send(TOPICS.roster, 1, rep(), key=b"ann")
    bench.send(TOPICS.roster, 2, None, key=b"ann")
    bench.arrive(TOPICS.roster, rep(), at_ms=1_500)
    [finding] = bench.judged(TOPICS.roster).findings
    assert (finding.subject, finding.place.offset) == ("ann", 2)


def test_a_command_is_named_and_never_sent_again(bench):
    command = {
        "command_id": "c-1",
        "command": "pause_pool",
        "subject": "inside",
        "actor": "ops-1",
        "occurred_at": "2026-01-05T08:00:00Z",
    }
    bench.send(TOPICS.commands, 1, command)
    [finding] = bench.judged(TOPICS.commands).findings
    assert finding.subject == "c-1"
    assert bench.inputs.missing == []
