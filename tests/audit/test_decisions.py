"""Decisions as they were published against those that must be, and the owners that follow."""

import pytest
from msgspec.structs import asdict

from router.audit.findings import Apart, Kind, Place
from router.audit.owners import Owners
from router.audit.published import Mark, Published, said_by
from router.core.model.assignment import CORE_VERSION
from router.core.model.events import Feedback
from router.intake.wire.codec import encode_event
from router.kafka.topics.codecs import encode
from router.kafka.topics.owners import owner_of
from tests.audit.making import TOPICS, kinds, record, row, spans

APPLIED = 50
"""Route's next offset of the inbox."""


def decision(lead_id, sequence, offset, **more):
    """A decision by the inbox record at ``offset``."""
    return {
        "assignment_id": f"{lead_id}.{sequence}",
        "event_id": f"e-{offset}",
        "lead_id": lead_id,
        "sales_org": "main",
        "sequence": sequence,
        "outcome": "assigned",
        "reason": "rotation",
        "rep_id": "ann",
        "core_version": CORE_VERSION,
        "occurred_at": "2026-01-05T08:00:00.000Z",
        "decided_at": "2026-01-05T08:00:01.000Z",
        "inbox": {"partition": 0, "offset": offset},
        **more,
    }


class Bench:
    """Decisions in one partition, and owners."""

    def __init__(self, *, start=0, by_cause=False):
        held = spans(TOPICS.assignments, (start, 100))
        self.published = Published(TOPICS.inbox, held, row(), by_cause=by_cause)
        self.owners = Owners(row(TOPICS.owners), {0: APPLIED})
        self.offset = start

    def publish(self, decided):
        said = self.published.read(record(TOPICS.assignments, self.offset, encode(decided)))
        self.offset += 1
        if said.inbox.offset >= APPLIED:
            self.owners.decided(said, decided)

    def fold(self, decided):
        said = said_by(decided)
        self.published.expect(said, encode(decided))
        self.owners.decided(said, decided)

    def decide(self, lead_id, sequence, offset, **more):
        """As it is when all is well."""
        decided = decision(lead_id, sequence, offset, **more)
        self.publish(decided)
        self.fold(decided)

    def own(self, decided, offset=0, partition=0, **columns):
        value = asdict(owner_of(decided)) | columns
        key = decided["lead_id"].encode()
        self.owners._take(record(TOPICS.owners, offset, value, key=key, partition=partition))

    def erase(self, lead_id, offset):
        """As an inbox holds it that cannot be folded."""
        feedback = Feedback(f"e-{offset}", "erased", lead_id, 1)
        self.owners.take_inbox(record(TOPICS.inbox, offset, encode_event(feedback)))

    def closed(self, *, applied=100, end=100, is_folded=True, counted=None):
        self.published.close({0: Mark(applied, end, is_folded)}, counted or {})
        return self.published.row

    def owned(self, *, counted=None, is_whole=True):
        self.owners.compare(counted or {}, is_whole=is_whole)
        return self.owners.row


@pytest.fixture
def bench():
    return Bench()


# decisions by the fold


def test_a_decision_that_the_fold_makes_and_nobody_has_seen_is_missing(bench):
    bench.publish(decision("L-1", 1, 10))
    bench.fold(decision("L-1", 1, 10))
    bench.fold(decision("L-2", 1, 11))
    closed = bench.closed()
    assert closed.same == 1
    [finding] = closed.findings
    assert (finding.kind, finding.subject) == (Kind.MISSING, "L-2.1")
    assert finding.place == Place(TOPICS.inbox, 0, 11)
    assert bench.published.missing == {bench.published.key_of(said_by(decision("L-2", 1, 11)))}


@pytest.mark.parametrize(("rep_id", "said"), [("ann", "the same"), ("ben", "another decision")])
def test_a_decision_that_is_published_again_is_double_and_named_by_its_second_place(
    bench, rep_id, said
):
    bench.publish(decision("L-1", 1, 10))
    bench.publish(decision("L-1", 1, 10, rep_id=rep_id))
    bench.fold(decision("L-1", 1, 10))
    [finding] = bench.closed().findings
    assert (finding.kind, finding.place.offset) == (Kind.DOUBLE, 1)
    assert finding.what.startswith(said)


def test_a_decision_with_another_content_or_cause_is_different(bench):
    bench.publish(decision("L-1", 1, 10, rep_id="ben"))
    bench.publish(decision("L-2", 1, 12))
    bench.fold(decision("L-1", 1, 10))
    bench.fold(decision("L-2", 1, 11))
    assert kinds(bench.closed()) == {Kind.DIFFERENT: 2}
    assert not bench.published.missing


def test_what_the_fold_does_not_decide_is_extra_unless_route_is_not_yet_there(bench):
    bench.publish(decision("L-1", 1, 10))
    bench.publish(decision("L-2", 1, 60))
    bench.publish(decision("L-3", 1, 80))
    closed = bench.closed(applied=50, end=70)
    assert closed.apart == {Apart.NOT_YET: 1}
    assert [finding.subject for finding in closed.findings] == ["L-1.1", "L-3.1"]
    assert "not there" in closed.findings[1].what


def test_what_is_no_decision_and_no_row_is_named_by_its_place(bench):
    bench.published.read(record(TOPICS.assignments, 3, b"not JSON"))
    bench.owners._take(record(TOPICS.owners, 4, b"[1]", key=b"L-1"))
    [finding] = bench.closed().findings
    assert (finding.kind, finding.place.offset) == (Kind.EXTRA, 3)
    [finding] = bench.owned().findings
    assert (finding.kind, finding.place.offset) == (Kind.EXTRA, 4)


def test_what_the_topic_has_deleted_by_age_is_not_missing():
    bench = Bench(start=5)
    bench.publish(decision("L-2", 1, 20))
    bench.publish(decision("L-4", 1, 22))
    for lead_id, offset in (("L-1", 10), ("L-2", 20), ("L-3", 21), ("L-4", 22)):
        bench.fold(decision(lead_id, 1, offset))
    closed = bench.closed()
    assert closed.apart == {Apart.NOT_KEPT: 1}
    assert [finding.subject for finding in closed.findings] == ["L-3.1"]


def test_a_test_lead_that_is_sent_again_is_decided_again_under_one_id():
    bench = Bench(by_cause=True)
    for offset in (10, 11):
        bench.publish(decision("L-1", 1, offset, shadow=True))
        bench.fold(decision("L-1", 1, offset, shadow=True))
    closed = bench.closed()
    assert (closed.same, closed.findings) == (2, [])


# decisions by the state's count


def test_without_a_fold_a_lead_has_as_many_decisions_as_the_state_has_counted(bench):
    for sequence in (1, 3):
        bench.publish(decision("L-1", sequence, 10 + sequence, core_version="0"))
    assert bench.published.other_core == {0}
    bench.published.count(0, "main\x1fL-1", 4)
    bench.published.count(0, "main\x1fL-2", 1)
    closed = bench.closed(is_folded=False)
    assert closed.apart == {Apart.BY_IDENTITY: 2}
    assert [finding.subject for finding in closed.findings] == ["L-1.4", "L-1.2", "L-2.1"]
    assert not bench.published.missing, "another core's decisions cannot be made again"


def test_without_a_fold_what_the_state_has_not_counted_is_extra_and_what_it_forgot_is_not(bench):
    bench.publish(decision("L-1", 1, 11, core_version="0"))
    bench.publish(decision("L-1", 2, 12, core_version="0"))
    bench.publish(decision("L-2", 1, 13, core_version="0"))
    bench.published.count(0, "main\x1fL-1", 1)
    closed = bench.closed(is_folded=False, counted={"main\x1fL-1": 1})
    assert [finding.subject for finding in closed.findings] == ["L-1.2"]
    assert closed.apart == {Apart.BY_IDENTITY: 2}


def test_without_a_fold_only_gaps_are_missing_where_the_topic_has_deleted_its_beginning():
    bench = Bench(start=5)
    bench.publish(decision("L-1", 2, 12, core_version="0"))
    bench.published.count(0, "main\x1fL-1", 3)
    bench.published.count(0, "main\x1fL-2", 1)
    closed = bench.closed(is_folded=False)
    assert [finding.subject for finding in closed.findings] == ["L-1.3"]
    assert closed.apart == {Apart.BY_IDENTITY: 1, Apart.NOT_KEPT: 2}


# owners


def test_the_row_of_the_last_decision_is_right_an_earlier_one_stale_and_none_missing(bench):
    for lead_id in ("L-1", "L-2", "L-3"):
        bench.decide(lead_id, 1, 10)
        bench.decide(lead_id, 2, 11, rep_id="ben")
    bench.own(decision("L-1", 2, 11, rep_id="ben"))
    bench.own(decision("L-2", 1, 10))
    owned = bench.owned()
    assert owned.same == 1
    assert [(each.kind, each.subject) for each in owned.findings] == [
        (Kind.STALE, "L-2"),
        (Kind.MISSING, "L-3"),
    ]
    assert bench.owners.wrong == {"main\x1fL-2", "main\x1fL-3"}


def test_a_decision_that_nobody_has_seen_asks_for_its_row_and_an_invented_one_for_none(bench):
    bench.decide("L-1", 1, 10)
    bench.own(decision("L-1", 1, 10))
    bench.fold(decision("L-1", 2, 11))
    bench.decide("L-2", 1, 10)
    bench.own(decision("L-2", 1, 10))
    bench.publish(decision("L-2", 2, 11))
    assert [(each.kind, each.subject) for each in bench.owned().findings] == [(Kind.STALE, "L-1")]


def test_a_row_that_says_something_else_is_different_and_one_of_no_decision_extra(bench):
    bench.decide("L-1", 1, 10)
    bench.own(decision("L-1", 1, 10, pool_id="inside"))
    bench.decide("L-2", 1, 10)
    bench.own(decision("L-2", 2, 11))
    bench.own(decision("L-3", 1, 10))
    owned = bench.owned()
    assert [(each.kind, each.subject) for each in owned.findings] == [
        (Kind.DIFFERENT, "L-1"),
        (Kind.EXTRA, "L-2"),
        (Kind.EXTRA, "L-3"),
    ]
    assert bench.owners.wrong == {"main\x1fL-1"}, "what nothing proves is left alone"


def test_a_row_may_lag_behind_decisions_that_the_state_has_not_counted(bench):
    for lead_id in ("L-1", "L-2"):
        bench.decide(lead_id, 1, 10)
    for lead_id in ("L-1", "L-2", "L-3"):
        for sequence in (2, 3):
            bench.publish(decision(lead_id, sequence, APPLIED + sequence))
    bench.own(decision("L-1", 1, 10))
    bench.own(decision("L-2", 2, APPLIED + 2))
    owned = bench.owned()
    assert owned.findings == []
    assert owned.apart == {Apart.NOT_YET: 3}


def test_a_row_with_a_column_more_than_ours_is_right(bench):
    bench.decide("L-1", 1, 10)
    bench.own(decision("L-1", 1, 10), added_later="x")
    assert bench.owned().same == 1


def test_a_person_who_asked_to_be_forgotten_has_no_row_and_one_that_is_left_must_go(bench):
    for lead_id in ("L-1", "L-2"):
        bench.decide(lead_id, 1, 10, reason="erased", outcome="closed")
    bench.own(decision("L-2", 1, 10, reason="erased", outcome="closed"))
    for lead_id in ("L-3", "L-4"):  # forgotten since, so that nothing was decided
        bench.decide(lead_id, 1, 10)
        bench.owners.erased(f"main\x1f{lead_id}", 11)
    bench.own(decision("L-4", 1, 10))
    owned = bench.owned()
    assert [(each.kind, each.subject) for each in owned.findings] == [
        (Kind.STALE, "L-2"),
        (Kind.STALE, "L-4"),
    ]
    assert bench.owners.wrong == {"main\x1fL-2", "main\x1fL-4"}


def test_without_a_fold_an_erasure_explains_why_there_is_no_row(bench):
    for lead_id, erased_at in (("L-1", 10), ("L-2", 11), ("L-3", 9)):
        bench.decide(lead_id, 1, 10)
        bench.erase(lead_id, erased_at)
    assert [finding.subject for finding in bench.owned().findings] == ["L-3"]


def test_a_lead_id_that_two_sales_orgs_use_proves_nothing(bench):
    bench.decide("L-1", 1, 10)
    bench.decide("L-1", 1, 11, sales_org="north")
    bench.own(decision("L-1", 1, 11, sales_org="north"))
    owned = bench.owned()
    assert (owned.same, owned.findings) == (1, [])
    assert owned.apart == {Apart.SHARED_ID: 1}


def test_a_lead_with_rows_in_two_partitions_is_told(bench):
    bench.decide("L-1", 1, 10)
    bench.own(decision("L-1", 1, 10), partition=1)
    bench.own(decision("L-1", 1, 10), partition=0)
    assert kinds(bench.owned()) == {Kind.DOUBLE: 1}


def test_a_row_of_what_is_kept_no_more_or_only_counted_is_let_be(bench):
    bench.own(decision("L-1", 3, 10))
    bench.decide("L-2", 1, 10)
    bench.own(decision("L-2", 2, 11))
    owned = bench.owned(counted={"main\x1fL-2": 2}, is_whole=False)
    assert owned.findings == []


def test_a_decision_behind_a_newer_one_of_its_lead_is_counted_and_no_finding(bench):
    for sequence in (2, 1):
        bench.decide("L-1", sequence, 10 + sequence)
    closed = bench.closed()
    assert closed.findings == []
    assert closed.apart == {Apart.LATE: 1}
