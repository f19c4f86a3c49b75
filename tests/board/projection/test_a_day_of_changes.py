"""Reps join, leave and change, policies too: each turn is judged by the pool of its own time."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from world import DAY_MS, HOUR_MS, MINUTE_MS, POLICY, World

from router.board.answers.moment import Moment
from router.board.projection.sales_org import KEPT_MS
from router.core.model.events import PolicyPublished, RosterEntry
from router.core.model.policy import Cap, Rotation
from tests.board.projection.board_answers import answers
from tests.board.projection.left_in_topics import (
    Topics,
    new_projection,
    of_the_last_day,
    read,
)
from tests.board.recount import recount
from tests.board.recount_fairness import Shares, check_fairness

MANY = settings(
    max_examples=40,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
PLAIN = replace(
    POLICY, before_rotation=(), handoffs=(), hours={}, sla={}, caps={"inside": Cap(500, 500)}
)
NEW = RosterEntry("new", ["inside"], "inside_rep", languages=["en"])
INSIDE = ("ida", "ike", "iva", "new")


class Day:
    """The company is founded the day before; what is told happens from eight o'clock on."""

    def __init__(self) -> None:
        self.world = World(policy=PLAIN)
        self.day_ms = self.world.now_ms // DAY_MS * DAY_MS + DAY_MS
        self.world.now_ms = self.day_ms + 8 * HOUR_MS
        self.leads: list[str] = []
        self.version = 1

    def happens(self, what: str, number: int) -> None:
        self.world.now_ms += MINUTE_MS
        rep_id = INSIDE[number % 4]
        getattr(self, f"_{what}")(number, rep_id)

    def _lead(self, number: int, _: str) -> None:
        facts = {"country": "DE", "language": ("en", "en", "de", "fr")[number // 4 % 4]}
        for decision in self.world.lead(**facts):
            self.leads.append(decision["lead_id"])

    def _rejected(self, number: int, _: str) -> None:
        if self.leads:
            self.world.feedback("rejected", self.leads[number % len(self.leads)])

    def _assigned(self, number: int, rep_id: str) -> None:
        if self.leads:
            self.world.command("assign", self.leads[number % len(self.leads)], rep_id=rep_id)

    def _entry(self, number: int, rep_id: str) -> None:
        rep = self.world.org.reps.get(rep_id)
        now = self.world.now_ms
        changes: list[dict[str, Any]] = [
            {"time_off": [(now - HOUR_MS, now + 20 * MINUTE_MS)]},
            {"time_off": [(now - HOUR_MS, now + 20 * MINUTE_MS)]},
            {},
            {"weight": 1 + number // 8 % 3},
            {"channels": ["field"]},
            {"channels": ["inside"]},
            {"seniority": "senior"},
            {"removed": number // 64 % 2 == 1},
        ]
        profile = replace(rep.profile if rep else NEW, removed=False)
        self.world.feed(replace(profile, **changes[number // 4 % 8]))

    def _policy(self, number: int, _: str) -> None:
        self.version += 1
        rotation = Rotation("turns", (("senior", 1 + number % 3),))
        self.world.feed(PolicyPublished(replace(PLAIN, version=self.version, rotation=rotation)))

    def topics(self, random: Random) -> Topics:
        topics = Topics(random)
        for at_ms, event in self.world.log:
            topics.take(deepcopy(event), at_ms)
        topics.commit()
        return topics


KINDS = ("lead",) * 12 + ("entry",) * 4 + ("rejected",) * 2 + ("assigned", "policy")
told = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 127)), min_size=10, max_size=70)


def shown(day: Day, random: Random) -> tuple[list[dict[str, Any]], dict[str, Shares]]:
    """The board's pools, and those that were counted from the topics."""
    topics = day.topics(random)
    moment = Moment(topics.now_ms, day.day_ms)
    projection = new_projection(topics.now_ms - KEPT_MS)
    read(projection, of_the_last_day(topics, topics.now_ms - KEPT_MS, random), random)
    pools = answers(projection, moment)["pools"]["pools"]
    counted = recount(topics.records, "main", moment.now_ms, moment.day_ms)["fairness"]
    return pools, counted


@MANY
@given(told, st.randoms(use_true_random=False))
def test_the_boards_turns_are_those_that_the_topics_tell(
    happened: list[tuple[str, int]], random: Random
):
    day = Day()
    for what, number in happened:
        day.happens(what, number)
    pools, counted = shown(day, random)
    check_fairness(pools, counted)


def inside(day: Day) -> dict[str, Any]:
    pools, counted = shown(day, Random(3))
    check_fairness(pools, counted)
    (found,) = [pool for pool in pools if pool["pool_id"] == "emea-inside"]
    return found


def test_one_reps_leave_leaves_the_figures_of_the_day():
    day = Day()
    for what in ["lead"] * 30 + ["entry"] + ["lead"] * 30:
        day.happens(what, 0)
    found = inside(day)
    assert (found["turns"], found["turns_not_judged"], found["changes"]) == (60, 0, 0)
    assert sum(row["turns_got"] for row in found["members"]) == 60
    assert found["prefix_lag_max"] <= 1


def test_before_and_after_a_change_of_weight_each_turn_goes_by_the_weights_of_its_time():
    day = Day()
    day.happens("entry", 8)  # as she is, so that it is on record
    for what, number in [("lead", 0)] * 30 + [("entry", 12)] + [("lead", 0)] * 50:
        day.happens(what, number)
    weight = day.world.org.reps["ida"].profile.weight
    found = inside(day)
    (ida,) = [row for row in found["members"] if row["rep_id"] == "ida"]
    assert (weight, found["changes"], found["turns"]) == (2, 1, 80)
    assert abs(ida["turns_due_milli"] - (30 / 3 + 50 * 2 / 4) * 1_000) < 2


def test_who_leaves_the_pool_keeps_the_turns_of_before():
    day = Day()
    for what, number in [("lead", 0)] * 30 + [("entry", 16)] + [("lead", 0)] * 30:
        day.happens(what, number)
    found = inside(day)
    (ida,) = [row for row in found["members"] if row["rep_id"] == "ida"]
    assert (ida["is_member"], ida["turns_got"], ida["turns_due_milli"] // 100) == (False, 10, 99)
    assert (found["turns"], found["turns_not_judged"]) == (60, 0)
