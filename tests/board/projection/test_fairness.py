"""Prefix lag against an independent reckoning in fractions, in a pool that does not change."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from world import POLICY, REPS

from router.board.projection.histories import Decided, History
from router.board.projection.past_pools import PoolPast
from router.board.projection.roster_history import Variant, policy_key
from router.board.statistics.fairness import Fairness, Share, judge
from router.board.statistics.turns import PoolTurns, Turn, given_since, turns_of
from router.core.compiled.pool_members import pool_members
from router.core.compiled.rotation import TURN
from router.core.model.events import RosterEntry
from router.core.model.rep import Rep
from tests.board.at_once import at_once

MEMBERS = ("ida", "ike", "iva")
NUMBERS = {rep.rep_id: number for number, rep in enumerate(REPS)}
KEY = policy_key(POLICY.policy_id, POLICY.version)
INSIDE = next(pool for pool in POLICY.pools if pool.pool_id == "emea-inside")


def table():
    reps = [Rep(number, profile, 0) for number, profile in enumerate(REPS)]
    return pool_members(INSIDE, POLICY, reps)


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
        "is_told": False,
        "is_pick": rep_id is not None,
        "eligible": 3,
        "excluded": 0,
        "value_minor": 100,
        "currency": "EUR",
        "considered": 3,
        "among": 0,
        "policy": KEY,
    }
    return Decided(**(usual | more))


def turns_in_order(histories: list[History]) -> list[Turn]:
    kept = PoolTurns()
    for history in histories:
        kept.replace([], turns_of(history))
    return kept.of("emea-inside")


def judged(histories: list[History]) -> Fairness:
    return judged_turns(turns_in_order(histories))


def judged_turns(turns: list[Turn]) -> Fairness:
    variants = [Variant(-1, n, False, rep) for n, rep in enumerate(REPS)]
    return at_once(judge(PoolPast("emea-inside", variants, {KEY: POLICY}), turns, NUMBERS))


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
    found = judged(histories)
    assert found.not_judged == 0
    assert abs(found.prefix_lag_max - furthest * TURN) <= len(picked)
    for name in MEMBERS:
        share = found.shares.get(NUMBERS[name], Share())
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
    found = judged([history])
    got = {name: found.shares[NUMBERS[name]].got for name in MEMBERS}
    assert got == {"ida": 0, "ike": 1, "iva": 0}
    due = {name: found.shares[NUMBERS[name]].due for name in MEMBERS}
    assert due == {"ida": 0, "ike": TURN // 2, "iva": TURN // 2}


def test_a_turn_that_comes_back_goes_to_those_who_were_due_less_by_it():
    out = mask_of(["iva"])
    history = History(
        [
            decided(1, 1, "ida", eligible=2, excluded=out),
            decided(5, 2, None, outcome="queued", reason="rejected", previous_rep_id="ida"),
        ]
    )
    found = judged([history])
    assert {share.due for share in found.shares.values()} == {0}
    assert {share.got for share in found.shares.values()} == {0}


def test_a_lead_given_by_hand_counts_as_a_turn_of_the_pool_it_waited_for():
    history = History(
        [
            decided(1, 1, None, outcome="queued", reason="all_at_cap", is_pick=False),
            decided(
                2, 2, "iva", reason="by_operator", pool_id=None, is_pick=False,
                among=mask_of(["ike", "iva"]),
            ),
        ]
    )  # fmt: skip
    (turn,) = turns_of(history)
    assert (turn.pool_id, turn.rep_id, turn.eligible) == ("emea-inside", "iva", -1)
    found = judged([history])
    due = {name: found.shares[NUMBERS[name]].due for name in MEMBERS}
    assert due == {"ida": 0, "ike": TURN // 2, "iva": TURN // 2}


def test_a_lead_given_by_hand_that_cost_nobody_anything_is_no_turn():
    by_hand = decided(2, 1, "iva", reason="by_operator", is_pick=False)
    assert turns_of(History([by_hand])) == []


def test_a_turn_among_others_than_the_pool_had_then_is_not_judged():
    odd = [{"eligible": 7}, {"considered": 4}, {"policy": policy_key("unknown", 1)}]
    histories = [History([decided(at, 1, "ida", **each)]) for at, each in enumerate(odd)]
    found = judged(histories)
    assert (found.judged, found.not_judged) == (0, 3)


def test_turns_that_were_given_before_the_day_are_left_out():
    histories = [History([decided(offset, 1, "ida")]) for offset in (10, 20, 30)]
    turns = turns_in_order(histories)
    assert [turn.inbox_offset for turn in given_since(turns, 20)] == [20, 30]


def test_turns_of_one_record_have_no_order_and_are_looked_at_together():
    together = [History([decided(7, 1, rep)]) for rep in MEMBERS for _ in range(4)]
    found = judged(together)
    assert found.judged == 12
    assert found.prefix_lag_max <= 12  # millionths: what rounding leaves


lives = st.lists(
    st.tuples(
        st.integers(0, 30),
        st.sampled_from((*MEMBERS, "fay")),
        st.sets(st.sampled_from(MEMBERS), max_size=2),
        st.sampled_from(("picked", "by hand", "rejected")),
    ),
    max_size=60,
)


def lived(number: int, offset: int, rep: str, out: set[str], how: str) -> History:
    """A lead that is picked, given by hand, or picked and rejected two records later."""
    excluded = {"eligible": 3 - len(out), "excluded": mask_of(out), "value_minor": number}
    if how == "by hand":
        among = mask_of({*MEMBERS} - out | {rep})
        by_word = decided(offset, 1, rep, reason="by_operator", is_pick=False, among=among)
        taken = decided(offset + 2, 2, None, reason="owner_not_on_roster", previous_rep_id=rep)
        return History([by_word, taken] if number % 2 else [by_word])
    picked = decided(offset, 1, rep, **excluded)
    if how == "picked":
        return History([picked])
    back = decided(offset + 2, 2, None, outcome="queued", reason="rejected", previous_rep_id=rep)
    return History([picked, back])


@given(lives)
def test_members_who_are_told_late_were_due_the_same(found_lives):
    """Against a reckoning that tells every member of every turn, and looks at all of them."""
    histories = [lived(number, *life) for number, life in enumerate(found_lives)]
    turns = turns_in_order(histories)
    found = judged_turns(turns)
    assert figures(found) == figures(told_at_once(turns))


def figures(found: Fairness):
    shares = {number: (one.due, one.got, one.lag_max) for number, one in found.shares.items()}
    shares = {number: share for number, share in shares.items() if share != (0, 0, 0)}
    return shares, found.judged, found.not_judged


def told_at_once(turns: list[Turn]) -> Fairness:
    pool = table()
    found = Fairness({member.number: Share() for member in pool.members})
    for place, turn in enumerate(turns):
        number, by_hand = NUMBERS[turn.rep_id], turn.eligible < 0
        among = pool.mask & (turn.among if by_hand else ~turn.excluded)
        is_member = number in found.shares
        fits = by_hand or (among.bit_count() == turn.eligible and among >> number & 1)
        if (by_hand or turn.is_back) and not is_member:
            pass
        elif not fits:
            found.not_judged += 1
        else:
            found.judged += 1
            sign, gains = -1 if turn.is_back else 1, pool.gains_of(among)
            found.shares[number].got += sign
            for each, gain in zip(gains.numbers, gains.shares, strict=True):
                found.shares[each].due += sign * gain
        following = turns[place + 1].inbox_offset if place + 1 < len(turns) else -1
        if following != turn.inbox_offset:
            for share in found.shares.values():
                share.lag_max = max(share.lag_max, share.lag)
    return found


@given(st.lists(st.sampled_from(range(1, 40)), max_size=200))
def test_with_more_groups_than_are_counted_apart_the_shares_are_the_same(picked: list[int]):
    """Reps of a large pool, each time among others."""
    numbers = {f"rep-{n}": n for n in range(40)}
    roster = [RosterEntry(name, ["inside"], "inside_rep", languages=["en"]) for name in numbers]
    pool = pool_members(INSIDE, POLICY, [Rep(n, entry, 0) for n, entry in enumerate(roster)])
    turns = [
        Turn(at, 2, "emea-inside", f"rep-{n}", False, 39, 1 << (n - 1), 0, at, at, 40, KEY)
        for at, n in enumerate(picked)
    ]
    variants = [Variant(-1, n, False, entry) for n, entry in enumerate(roster)]
    past = PoolPast("emea-inside", variants, {KEY: POLICY})
    found = at_once(judge(past, turns, numbers))
    due = dict.fromkeys(range(40), 0)
    for n in picked:
        gains = pool.gains_of(pool.mask & ~(1 << (n - 1)))
        for each, gain in zip(gains.numbers, gains.shares, strict=True):
            due[each] += gain
    assert {n: found.shares.get(n, Share()).due for n in due} == due
