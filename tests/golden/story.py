"""The inbox of the golden record: made up from a seed, and by what the core answers.

It hears what a CRM and a broker would: decisions, by which reports name assignments and reps, and
the next deadline, by which ticks come. So as long as the core answers alike the inbox is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any, NamedTuple

from tests.golden.changes import account_change, command, policy_change, roster_change
from tests.golden.company import ACCOUNT, BEGIN_MS, Assigned, Company, companies
from tests.golden.core_names import (
    Command,
    Event,
    Facts,
    LeadEvent,
    Policy,
    PolicyPublished,
    Tick,
)
from tests.golden.dice import DAY_MS, HOUR_MS, MINUTE_MS, Dice
from tests.golden.leads import engagement, lead_event
from tests.golden.policies import BASE, BY_PRODUCT, BY_VALUE, WITHOUT_CLOCKS
from tests.golden.reports import report
from tests.golden.scenes import SCENES, Scene
from tests.golden.stage import Stage

SEED = 11
STEPS_MS = (0, 0, 1, 1_000, MINUTE_MS, 6 * MINUTE_MS, HOUR_MS)
LEAPS_MS = (7 * HOUR_MS, DAY_MS, DAY_MS, 3 * DAY_MS, 10 * DAY_MS)
SEASONS_MS = (31 * DAY_MS, 95 * DAY_MS, 181 * DAY_MS)
TICKS_MAX = 3
"""Ticks in one wait: then it is as if the service had been off."""


SCENES_PLAYED = 50
LEAVERS_LEADS = 560
"""More than a tick goes through."""


UNREADABLE: Any = {"fit": []}
"""Scores that raise under a policy that reads them: no number, as a defect might let in."""


class Arrival(NamedTuple):
    """A record of the inbox."""

    sales_org: str
    event: Event
    at_ms: int


class Answer(NamedTuple):
    """Return all that is to be heard of it."""

    decided: list[Any]
    next_due_ms: int | None


Script = Generator[Arrival, Answer, None]
Make = Callable[[Dice, Company, int], Event]

MIXES: dict[str, tuple[Make, ...]] = {
    "steady": (
        *[lead_event] * 20, *[report] * 28, *[engagement] * 6, *[roster_change] * 2,
        *[command] * 2, account_change, policy_change,
    ),
    "storm": (
        *[lead_event] * 10, *[report] * 9, *[roster_change] * 3, *[engagement] * 2, *[command] * 2,
        account_change, policy_change,
    ),
    "goods": (
        *[lead_event] * 12, *[report] * 12, *[engagement] * 3, roster_change, command,
        account_change,
    ),
    "crowd": (*[lead_event] * 12, *[report] * 24, command, engagement),
}  # fmt: skip
SHARES = (*["storm"] * 8, *["steady"] * 6, *["goods"] * 3, *["crowd"] * 2)


def story(seed: int, events: int) -> Script:
    """Yield records without end, of which ``events`` are wanted; each is answered by ``send``."""
    return _Story(seed).tell(events)


class _Story:
    def __init__(self, seed: int) -> None:
        self.dice = Dice(seed)
        self.companies = companies()
        self.now_ms, self.count, self.played = BEGIN_MS, 0, 0
        self.next_due_ms: int | None = None

    def tell(self, events: int) -> Script:
        yield from self._found()
        yield from self._live(events // 2, events // SCENES_PLAYED)
        yield from self._depart()
        yield from self._live(events * 9 // 10, events // SCENES_PLAYED)
        yield from self._end()

    def _live(self, until: int, scene_every: int) -> Script:
        while self.count < until:
            yield from self._pass_time()
            yield from self._happen()
            if self.count > self.played * scene_every:
                yield from self._play(SCENES[self.played % len(SCENES)])
                self.played += 1

    def _say(self, sales_org: str, event: Event) -> Script:
        answer = yield Arrival(sales_org, event, self.now_ms)
        self.count += 1
        self.next_due_ms = answer.next_due_ms
        for decision in answer.decided:
            company = self.companies[decision["sales_org"]]
            told = Assigned(decision["assignment_id"], decision.get("rep_id"))
            company.assigned[decision["lead_id"]] = told

    def _wait(self, ms: int, ticks_max: int = TICKS_MAX) -> Script:
        """Let time pass, with a tick whenever one is due."""
        end_ms = self.now_ms + ms
        for _ in range(ticks_max):
            due_ms = self.next_due_ms
            if due_ms is None or due_ms > end_ms:
                break
            self.now_ms = max(self.now_ms, due_ms)
            yield from self._say("steady", Tick(due_ms, self.now_ms + MINUTE_MS))
        self.now_ms = max(self.now_ms, end_ms)

    def _pass_time(self) -> Script:
        dice = self.dice
        steps = STEPS_MS
        if dice.below(30) == 0:
            steps = SEASONS_MS if dice.below(40) == 0 else LEAPS_MS
        yield from self._wait(dice.of(steps))

    def _found(self) -> Script:
        """Reps and accounts, leads that come before any policy, and then the policies."""
        for name, company in self.companies.items():
            for rep in company.reps:
                yield from self._say(name, replace(rep))
            yield from self._say(name, replace(ACCOUNT))
            for _ in range(6):
                yield from self._say(name, lead_event(self.dice, company, self.now_ms))
            if company.policy is not None:
                yield from self._say(name, PolicyPublished(company.policy))

    def _happen(self) -> Script:
        dice, name = self.dice, self.dice.of(SHARES)
        if dice.below(450) == 0:
            yield from self._rush()
        elif dice.below(20) == 0:
            yield from self._strange_tick()
        else:
            make = dice.of(MIXES[name])
            yield from self._say(name, make(dice, self.companies[name], self.now_ms))

    def _play(self, scene: Scene) -> Script:
        """A scene, from ten o'clock of the next working day on."""
        ten_ms = self.now_ms - self.now_ms % DAY_MS + DAY_MS + 10 * HOUR_MS
        while (ten_ms // DAY_MS + 3) % 7 > 4:  # Saturday or Sunday
            ten_ms += DAY_MS
        yield from self._wait(ten_ms - self.now_ms)
        stage = Stage(self.companies["scenes"], self.now_ms)
        scene(stage)
        for step in stage.end():
            if isinstance(step, int):
                yield from self._wait(step, 12)
            else:
                yield from self._say("scenes", step)

    def _strange_tick(self) -> Script:
        """Of a broker's clock that has leapt, or is set back; or of an older version."""
        said, leapt_ms = self.dice.below(4), self.dice.of((0, MINUTE_MS, HOUR_MS, DAY_MS))
        now_ms = self.now_ms
        if said == 0:
            yield from self._say("storm", Tick(now_ms, now_ms - 1, leapt_ms))  # not believed
        elif said == 1:
            yield from self._say("storm", Tick(now_ms, now_ms, leapt_ms))
        elif said == 2:
            self.now_ms -= leapt_ms
            yield from self._say("storm", Tick(self.now_ms, self.now_ms + MINUTE_MS))
        else:
            yield from self._say("storm", Tick(now_ms))

    def _rush(self) -> Script:
        """More leads than the crowd's reps can take, and then a paused pool or another policy."""
        dice = self.dice
        for _ in range(50 + dice.below(60)):
            yield from self._crowd_lead(
                "submitted",
                expected_value_minor=dice.of((60_000, 300_000, 1_400_000, 2_000_000, None)),
                language=dice.of(("en", "en", "de", "xx", None)),
                scores=UNREADABLE if dice.below(12) == 0 else None,
            )
        if dice.below(2):
            yield from self._crowd_policy(dice.of((BASE, BY_VALUE, BY_PRODUCT, WITHOUT_CLOCKS)))
        else:
            yield from self._crowd_pool("pause_pool")
        yield from self._wait(HOUR_MS)
        yield from self._crowd_pool("resume_pool")

    def _depart(self) -> Script:
        """A rep with more leads than a tick goes through gives up their channel; some leads raise.

        Another one leaves, all of whose leads raise, until there is another policy.
        """
        reps = self.companies["crowd"].reps
        yield from self._crowd_policy(WITHOUT_CLOCKS)
        for number in range(LEAVERS_LEADS):
            scores = UNREADABLE if number % 100 < 6 or number > 540 else None
            owner = reps[6 if number > 540 else 5].rep_id
            yield from self._crowd_lead("imported", owner_rep_id=owner, scores=scores)
        yield from self._crowd_policy(BY_PRODUCT)
        yield from self._say("crowd", replace(reps[5], channels=["field"]))
        yield from self._wait(HOUR_MS)
        yield from self._say("crowd", replace(reps[6], removed=True))
        yield from self._wait(26 * HOUR_MS)
        yield from self._crowd_policy(WITHOUT_CLOCKS)
        yield from self._wait(2 * DAY_MS)

    def _crowd_lead(self, kind: Any, **known: Any) -> Script:
        company = self.companies["crowd"]
        number = company.next_number()
        company.lead_ids.append(f"crowd-{number}")
        facts = Facts(expected_value_currency="EUR", employees=10, **known)
        event = LeadEvent(f"e{number}", kind, f"crowd-{number}", self.now_ms, facts)
        yield from self._say("crowd", event)
        self.now_ms += 1

    def _crowd_policy(self, policy: Policy) -> Script:
        version = self.companies["crowd"].next_number()
        yield from self._say("crowd", PolicyPublished(replace(policy, version=version)))

    def _crowd_pool(self, name: Any) -> Script:
        number = self.companies["crowd"].next_number()
        yield from self._say("crowd", Command(f"c{number}", name, "emea-inside", "olga"))

    def _end(self) -> Script:
        """Long silences: leads are closed, forgotten, and come back; counts are dropped."""
        while True:
            yield from self._wait(self.dice.of((*SEASONS_MS, 401 * DAY_MS)), 20)
            for _ in range(40):
                yield from self._happen()
                yield from self._wait(self.dice.of(STEPS_MS), 2)
