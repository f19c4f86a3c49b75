"""Prefix lag against an independent reckoning in fractions, in a pool that does not change."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from world import POLICY, REPS

from router.core.pool_table import pool_table
from router.core.rotation import TURN
from router.core.state import Rep
from router.streams.projection.fairness import given_since, judge, turns_of
from router.streams.projection.histories import Decided, History

MEMBERS = ("ida", "ike", "iva")
NUMBERS = {rep.rep_id: number for number, rep in enumerate(REPS)}
INSIDE = next(pool for pool in POLICY.pools if pool.pool_id == "emea-inside")


def table():
    reps = [Rep(number, profile, 0) for number, profile in enumerate(REPS)]
    return pool_table(INSIDE, POLICY, reps)


def decided(offset: int, sequence: int, rep_id: str | None, **more) -> Decided:
    """A pick in the pool of everybody, but for what ``more`` says."""
    usual = {
        "inbox_offset": offset,
        "sequence": sequence,
        "decided_ms": offset,
        "recorded_ms": offset,
        "outcome": "assigned",
        "reason": "rotation",
        "rep_id": rep_id,
        "previous_rep_id": None,
        "channel": "inside",
        "pool_id": "emea-inside",
        "accept_by_ms": None,
        "contact_by_ms": None,
        "is_given": rep_id is not None,
        "is_pick": rep_id is not None,
        "eligible": 3,
        "excluded": 0,
        "value_minor": 100,
        "currency": "EUR",
    }
    return Decided(**(usual | more))


def mask_of(rep_ids) -> int:
    return sum(1 << NUMBERS[rep_id] for rep_id in rep_ids)


picks = st.lists(
    st.tuples(st.sampled_from(MEMBERS), st.sets(st.sampled_from(MEMBERS))).filter(
        lambda pick: pick[0] not in pick[1]
    ),
    max_size=40,
)


def test_the_pool_is_the_one_that_is_reckoned_with():
    assert {NUMBERS[name] for name in MEMBERS} == {each.number for each in table().members}
    assert {each.weight for each in table().members} == {1}


@given(picks)
def test_the_lag_is_what_was_due_less_what_was_got(picked: list[tuple[str, set[str]]]):
    histories = [
        History([decided(n, 1, rep, eligible=3 - len(out), excluded=mask_of(out))])
        for n, (rep, out) in enumerate(picked)
    ]
    due = dict.fromkeys(MEMBERS, Fraction(0))
    got = dict.fromkeys(MEMBERS, 0)
    furthest = Fraction(0)
    for rep, out in picked:
        here = [name for name in MEMBERS if name not in out]
        for name in here:
            due[name] += Fraction(1, len(here))
        got[rep] += 1
        furthest = max(furthest, *(due[name] - got[name] for name in MEMBERS))
    found = judge(table(), -1, turns_of(histories, 0), NUMBERS)
    assert found.not_judged == 0
    assert abs(found.prefix_lag_max - furthest * TURN) <= len(picked)
    for name in MEMBERS:
        share = found.shares[NUMBERS[name]]
        assert share.got == got[name]
        assert abs(share.due - due[name] * TURN) <= len(picked)


def test_a_rejected_turn_comes_back_and_the_next_rep_has_one():
    history = History(
        [
            decided(1, 1, "ida"),
            decided(
                5, 2, "ike", outcome="reassigned", reason="rejected", previous_rep_id="ida",
                eligible=2, excluded=mask_of(["ida"]),
            ),
        ]
    )  # fmt: skip
    found = judge(table(), -1, turns_of([history], 0), NUMBERS)
    got = {name: found.shares[NUMBERS[name]].got for name in MEMBERS}
    assert got == {"ida": 0, "ike": 1, "iva": 0}
    assert sum(share.due for share in found.shares.values()) == TURN // 2 * 2


def test_a_lead_given_by_hand_counts_as_a_turn_of_the_pool_it_waited_for():
    history = History(
        [
            decided(1, 1, None, outcome="queued", reason="all_at_cap", is_pick=False),
            decided(2, 2, "iva", reason="by_operator", pool_id=None, is_pick=False),
        ]
    )
    (turn,) = turns_of([history], 0)
    assert (turn.pool_id, turn.rep_id, turn.eligible) == ("emea-inside", "iva", -1)


def test_a_turn_among_others_than_the_pool_has_now_is_not_judged():
    history = History([decided(1, 1, "ida", eligible=7)])
    found = judge(table(), -1, turns_of([history], 0), NUMBERS)
    assert (found.judged, found.not_judged) == (0, 1)


def test_turns_before_the_day_and_before_the_last_change_of_staff_are_left_out():
    histories = [History([decided(offset, 1, "ida")]) for offset in (10, 20, 30)]
    assert [turn.inbox_offset for turn in turns_of(histories, 20)] == [20, 30]
    since = given_since(turns_of(histories, 0), 0, 20)
    assert [turn.inbox_offset for turn in since] == [30]


def test_turns_of_one_record_have_no_order_and_are_looked_at_together():
    together = [History([decided(7, 1, rep)]) for rep in MEMBERS for _ in range(4)]
    found = judge(table(), -1, turns_of(together, 0), NUMBERS)
    assert found.judged == 12
    assert found.prefix_lag_max <= 12  # millionths: what rounding leaves
