"""Turns of each pool counted anew from the topics: who was due how many, and who got how many.

Shares no code with the projection. It reads the whole inbox, so it knows what every rep was at any
time, where the board knows the last day alone.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

Body = dict[str, Any]

PASSING = ("time_off", "starts_ms", "leaves_ms", "kind", "removed")
"""Of an entry, what says nothing of pools and weights."""
GIVES_BACK = (
    "rejected",
    "reassign_requested",
    "changed_in_crm",
    "owner_not_on_roster",
    "by_operator",
)
BY_HAND = ("changed_in_crm", "by_operator", "claimed")
LISTS = {"territory": "territories", "skill": "skills", "language": "languages"}
KNOWN_MS = 26 * 3_600_000


@dataclass
class Shares:
    """Turns by rep. ``is_sure``: whether the board can know as much as this."""

    due: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    got: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    turns: int = 0
    by_hand: int = 0
    furthest: float = 0.0
    is_sure: bool = True


class Roster:
    """The inbox's entries and policies, applied up to an offset."""

    def __init__(self, records: Iterable[tuple[int, int, Body]]) -> None:
        self._records = list(records)
        self._at = 0
        self.reps: dict[str, Body] = {}  # in the order of their permanent numbers
        self.policies: dict[tuple[str, int], Body] = {}

    def move_to(self, offset: int) -> None:
        while self._at < len(self._records) and self._records[self._at][0] <= offset:
            self._apply(self._records[self._at][2])
            self._at += 1

    def _apply(self, body: Body) -> None:
        if body["kind"] == "policy":
            policy = body["policy"]
            self.policies[policy["policy_id"], policy["version"]] = policy
        elif body["kind"] == "command":
            rep = self.reps.get(body["subject"])
            if rep is not None:
                leave = [*rep.get("time_off", []), [body["from_ms"], body["until_ms"]]]
                self.reps[body["subject"]] = rep | {"time_off": leave}
        elif not body.get("removed"):
            self.reps[body["rep_id"]] = body
        elif body["rep_id"] in self.reps:
            self.reps[body["rep_id"]] = self.reps[body["rep_id"]] | {"removed": True}

    def weights(self, policy: Body, pool: Body) -> dict[str, int]:
        factors = dict(policy.get("rotation", {}).get("weights", ()))
        return {
            name: rep.get("weight", 1) * factors.get(rep.get("seniority") or "", 1)
            for name, rep in self.reps.items()
            if not rep.get("removed")
            and pool["channel"] in rep.get("channels", ())
            and all(holds(test, rep) for test in pool["members"])
        }


def holds(test: Body, rep: Body) -> bool:
    name = test["field"]
    if name == "channel":
        has = rep.get("channels", [])
    elif name in LISTS:
        has = rep.get(LISTS[name], [])
    else:
        has = [rep.get(name) or ""]
    texts = [text.casefold() for text in has]
    starts = tuple(test.get("prefixes", ()))
    wanted = test.get("values", ())
    return any(text in wanted or (starts and text.startswith(starts)) for text in texts)


def staff_records(topics: Mapping[str, Any], org: str) -> Iterator[tuple[int, int, Body]]:
    """(offset, time, body) of what changes who is in a pool or away."""
    for record in topics["routing.inbox"]:
        if (record.key or b"").decode() != org:
            continue
        body = json.loads(record.value or b"{}")
        is_leave = body.get("kind") == "command" and body.get("command") == "rep_away"
        if body.get("kind") in ("rep", "policy") or is_leave:
            yield record.offset, record.timestamp_ms, body


@dataclass
class Turn:
    offset: int
    at_ms: int
    pool_id: str
    rep_id: str
    sign: int
    policy: tuple[str, int] | None
    looked: Body | None  # None when it did not come by rotation
    by_word: str | None  # then the mask of those among whom it was
    given: Turn | None = None  # the turn that comes back with this one
    among: tuple[str, ...] = ()  # as it was counted


def stays(decision: Body) -> bool:
    """Whether the lead stays with whom it is: a manager hears of it, or its rep of a request."""
    heard = decision["outcome"] == "escalated" or decision["reason"] == "asked_again"
    return heard and "previous_rep_id" not in decision


def turns_of(life: list[Body], is_given: Any, day_ms: int) -> Iterator[Turn]:
    """The turns that one lead's decisions of the last day gave and took back."""
    pool_id, held, held_ms = "", None, 0
    for each in sorted(life, key=lambda one: (one["inbox"]["offset"], one["sequence"])):
        pool_id = each.get("pool_id") or pool_id
        policy = (each["policy"]["id"], each["policy"]["version"]) if "policy" in each else None
        offset, looked = each["inbox"]["offset"], each.get("candidates", {})
        back = held is not None and each["reason"] in GIVES_BACK
        if back and held.rep_id == each.get("previous_rep_id") and held_ms >= day_ms:
            yield Turn(offset, each["ms"], held.pool_id, held.rep_id, -1, policy, None, None, held)
        if not stays(each):
            held = None
        picked = is_given(each) and "credit" in looked
        by_word = each.get("turn_among") if each["reason"] in BY_HAND else None
        if picked or (is_given(each) and by_word):
            looked_at = looked if picked else None
            held = Turn(offset, each["ms"], pool_id, each["rep_id"], 1, policy, looked_at, by_word)
            held_ms = each["ms"]
            if held_ms >= day_ms:
                yield held


def fairness(
    topics: Mapping[str, Any],
    org: str,
    decisions: list[Body],
    is_given: Any,
    times: tuple[int, int],
) -> dict[str, Shares]:
    """By pool; ``times`` are now and the beginning of the day."""
    now_ms, day_ms = times
    lives: dict[str, list[Body]] = defaultdict(list)
    for each in decisions:
        if each["ms"] >= now_ms - KNOWN_MS:
            lives[each["lead_id"]].append(each)
    turns = [turn for life in lives.values() for turn in turns_of(life, is_given, day_ms)]
    staff = list(staff_records(topics, org))
    roster, found = Roster(staff), defaultdict(Shares)
    turns.sort(key=lambda turn: turn.offset)
    for offset, together in groupby(turns, key=lambda turn: turn.offset):
        roster.move_to(offset)
        for turn in together:
            count(turn, roster, found[turn.pool_id])
        for shares in found.values():
            lags = [shares.due[name] - shares.got[name] for name in shares.due]
            shares.furthest = max([shares.furthest, *lags])
    for shares in found.values():
        shares.is_sure = knows_the_past(staff, day_ms, PASSING)
    return found


def count(turn: Turn, roster: Roster, shares: Shares) -> None:
    policy = roster.policies.get(turn.policy) if turn.policy else None
    pools = policy["pools"] if policy else []
    pool = next((each for each in pools if each["pool_id"] == turn.pool_id), None)
    weights = roster.weights(policy, pool) if policy and pool else {}
    numbers = {name: number for number, name in enumerate(roster.reps)}
    if turn.looked is None:
        shares.by_hand += 1
        if turn.rep_id not in weights:
            return
        mask = int(turn.by_word or "0", 16)
        asked = turn.given.among if turn.given else [n for n in numbers if mask >> numbers[n] & 1]
        among = {name: weights[name] for name in asked if name in weights}
    else:
        assert turn.looked["considered"] == len(weights)
        out = 0
        for bits in turn.looked["excluded"].values():
            out |= int(bits, 16)
        among = {n: weight for n, weight in weights.items() if not out >> numbers[n] & 1}
        assert turn.looked["eligible"] == len(among)
    turn.among = tuple(among)
    shares.turns += 1
    shares.got[turn.rep_id] += turn.sign
    total = sum(among.values())
    for name, weight in among.items():
        shares.due[name] += turn.sign * (weight / total if total else 1 / len(among))


def knows_the_past(
    staff: list[tuple[int, int, Body]], day_ms: int, but_for: tuple[str, ...]
) -> bool:
    """Whether the day's first entries say what those before them said, but for some fields."""
    before: dict[str, Body] = {}
    seen: set[str] = set()
    for _, at_ms, body in staff:
        if body["kind"] != "rep" or body.get("removed"):
            continue
        lasting = {name: value for name, value in body.items() if name not in but_for}
        name = body["rep_id"]
        if at_ms < day_ms:
            before[name] = lasting
        elif name not in seen:
            seen.add(name)
            if before.get(name, lasting) != lasting:
                return False
    return True


def check_fairness(pools: list[Body], expected: Mapping[str, Shares]) -> None:
    """The board's pools have these turns; each share is rounded down to a millionth.

    Raises:
        AssertionError: they do not.
    """
    for pool in pools:
        shares = expected.get(pool["pool_id"], Shares())
        if not shares.is_sure:
            assert pool["turns"] + pool["turns_not_judged"] >= shares.turns - shares.by_hand
            continue
        assert (pool["turns"], pool["turns_not_judged"]) == (shares.turns, 0), pool["pool_id"]
        told = {row["rep_id"]: row for row in pool["members"]}
        assert {n for n in shares.got if shares.got[n]} <= set(told)
        for name, row in told.items():
            assert row["turns_got"] == shares.got[name], name
            assert (
                abs(row["turns_due_milli"] / 1000 - shares.due[name]) < 0.002 + shares.turns / 1e6
            )
        assert abs(pool["prefix_lag_max"] - shares.furthest) < 0.002 + shares.turns / 1e6
