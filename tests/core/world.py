"""A small sales organisation to decide in, and a shard to feed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec

from router.core.model.assignment import Assignment
from router.core.model.events import (
    Account,
    Command,
    Engagement,
    Event,
    Facts,
    Feedback,
    LeadEvent,
    PolicyPublished,
    RosterEntry,
    Tick,
)
from router.core.model.policy import (
    BacklogRule,
    Band,
    Cap,
    ChannelLine,
    EngagementLine,
    ExitLine,
    FitLine,
    Handoff,
    Hours,
    Market,
    Policy,
    Pool,
    Sla,
    Territory,
    Test,
    ValueStep,
)
from router.core.shard import Shard

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
MONDAY_NOON_MS = 1_762_776_000_000 - 1_762_776_000_000 % DAY_MS + 12 * HOUR_MS  # 2025-11-10


def values(field: str, *accepted: str) -> Test:
    return Test(field, values=accepted)


def at_least(field: str, low: int) -> Test:
    return Test(field, ranges=((low, None),))


def below(field: str, high: int) -> Test:
    return Test(field, ranges=((None, high - 1),))


OFFICE = Hours(tuple((day, 8 * 60, 18 * 60) for day in range(5)))

POLICY = Policy(
    policy_id="test",
    version=1,
    effective_from_ms=0,
    currency="EUR",
    markets=(Market("emea", ("DE", "FR")), Market("amer", ("US",))),
    default_market_id="emea",
    value=(
        ValueStep("expected_value"),
        ValueStep("by_employees", ((1, 49, 150_000), (250, None, 3_000_000))),
    ),
    fit=(
        FitLine(20, (at_least("employees", 250),), "employees 250+"),
        FitLine(15, (values("industry", "software"),), "industry software"),
    ),
    engagement=(EngagementLine("demo_request", 40, 7 * DAY_MS),),
    bands=(Band("hot", 70), Band("warm", 30), Band("cold", None)),
    before_rotation=(
        ExitLine("consent_refused", "close", (), "consent refused"),
        ExitLine("same_person", "same_rep", (), "same person", within_ms=180 * DAY_MS),
        ExitLine("found_by_rep", "that_rep", (), "found by rep"),
        ExitLine(
            "account_has_owner",
            "owners_inside_partner",
            (below("value", 500_000),),
            "small follow-ups to the partner",
        ),
        ExitLine("account_has_owner", "owner", (), "account has owner"),
        ExitLine(
            "too_small", "nurture", (below("value", 50_000), values("band", "cold")), "too small"
        ),
    ),
    channel=(
        ChannelLine("field", (at_least("value", 5_000_000),), "value 50000+"),
        ChannelLine("inside_then_field", (at_least("value", 1_500_000),), "value 15000+"),
        ChannelLine("inside", (), "everything else"),
    ),
    territories=(
        Territory("de-south", "emea", (values("country", "de"), Test("postal_code", (), ("8",)))),
        Territory("emea-rest", "emea", ()),
    ),
    pools=(
        Pool("emea-field", "emea", "field", (values("role", "field_rep"),), ("territory",)),
        Pool("emea-inside", "emea", "inside", (values("role", "inside_rep"),), ("language",)),
    ),
    caps={"field": Cap(2, 20), "inside": Cap(40, 120, (("trade_show", 3),))},
    hours={"inside": OFFICE},
    sla={
        "inside": Sla(5 * MINUTE_MS, 15 * MINUTE_MS, None, "next_rep", 2, "manager", "duty"),
        "field": Sla(4 * HOUR_MS, 2 * DAY_MS, None, "tell_manager", 1, "stay", "working_days"),
    },
    handoffs=(
        Handoff(
            "inside", "field", (at_least("value", 1_500_000),), "qualified goes to the field",
            feedback="qualified",
        ),
        Handoff("inside", "field", (values("band", "hot"),), "hot goes to the field"),
    ),
    nobody_free={"field": ("next_territory", "backlog")},
    backlog=BacklogRule(),
)  # fmt: skip

REPS = (
    RosterEntry("fay", ["field"], "field_rep", territories=["de-south", "emea-rest"],
                partner_rep_id="ida", manager_rep_id="mia", crm_ids={"hubspot": "1"}),
    RosterEntry("fin", ["field"], "field_rep", territories=["emea-rest"], manager_rep_id="mia"),
    RosterEntry("ida", ["inside"], "inside_rep", languages=["en", "de"], manager_rep_id="mia"),
    RosterEntry("ike", ["inside"], "inside_rep", languages=["en"], manager_rep_id="mia"),
    RosterEntry("iva", ["inside"], "inside_rep", languages=["en", "fr"], manager_rep_id="mia"),
    RosterEntry("mia", ["inside"], "manager"),
)  # fmt: skip

ACCOUNT = Account("acme", "acme", ["acme.example"], owner_rep_id="fay", tier="strategic")


def new_shard() -> Shard:
    return Shard(0, ("main", "other"), lambda plain: msgspec.convert(plain, Policy))


def restored_shard(changelog: dict[str, bytes]) -> Shard:
    """A new process: all it knows is what the changelog's records say."""
    shard = new_shard()
    for key, value in changelog.items():
        shard.restore(key, value if key.startswith("lead/") else msgspec.json.decode(value))
    for _ in shard.restoring():
        pass
    return shard


def with_rep(name: str, **changes: object) -> tuple[RosterEntry, ...]:
    """Return the usual roster with one rep changed."""
    return tuple(replace(rep, **changes) if rep.rep_id == name else rep for rep in REPS)  # type: ignore[arg-type]


class World:
    """A shard with a clock that the test turns."""

    def __init__(
        self,
        policy: Policy | None = POLICY,
        reps: tuple[RosterEntry, ...] = REPS,
        accounts: tuple[Account, ...] = (ACCOUNT,),
        now_ms: int = MONDAY_NOON_MS,
    ) -> None:
        self.shard = new_shard()
        self.now_ms = now_ms
        self.log: list[tuple[int, Event]] = []
        self.decided: list[Assignment] = []
        self.changelog: dict[str, bytes] = {}
        self.count = 0
        for rep in reps:
            self.feed(replace(rep))
        for account in accounts:
            self.feed(account)
        if policy is not None:
            self.feed(PolicyPublished(policy))

    def feed(self, event: Event) -> list[Assignment]:
        offset = len(self.log)
        self.log.append((self.now_ms, event))
        decided = self.shard.apply("main", event, timestamp_ms=self.now_ms, offset=offset)
        self.decided += decided
        return decided

    def keep_changes(self) -> None:
        """Take what changed into the changelog, as its compacted topic would hold it."""
        self.keep(self.shard.take_changes())

    def keep(self, changes: list[tuple[str, object | None]]) -> None:
        for key, value in changes:
            if value is None:
                self.changelog.pop(key, None)
            else:
                packed = isinstance(value, bytes)  # leads are, by the shard itself
                self.changelog[key] = value if packed else msgspec.json.encode(value)

    def restart(self) -> None:
        """Go on with a shard that knows nothing but the changelog."""
        self.keep_changes()
        self.shard = restored_shard(self.changelog)

    def lead(
        self, lead_id: str | None = None, event_type: Any = "submitted", **facts: Any
    ) -> list[Assignment]:
        self.count += 1
        name = lead_id or f"lead-{self.count}"
        cleared = facts.pop("cleared", [])
        event_id = facts.pop("event_id", f"event-{self.count}")
        at_ms = facts.pop("at_ms", self.now_ms)
        return self.feed(LeadEvent(event_id, event_type, name, at_ms, Facts(**facts), cleared))

    def one(
        self, lead_id: str | None = None, event_type: Any = "submitted", **facts: Any
    ) -> Assignment:
        (decision,) = self.lead(lead_id, event_type, **facts)
        return decision

    def feedback(self, feedback_type: Any, lead_id: str, **more: Any) -> list[Assignment]:
        self.count += 1
        event_id = more.pop("event_id", f"event-{self.count}")
        at_ms = more.pop("at_ms", self.now_ms)
        return self.feed(Feedback(event_id, feedback_type, lead_id, at_ms, **more))

    def command(self, command: Any, subject: str, **more: Any) -> list[Assignment]:
        self.count += 1
        command_id = more.pop("command_id", f"command-{self.count}")
        return self.feed(Command(command_id, command, subject, "olga", **more))

    def engage(self, lead_id: str, points: int, half_life_ms: int = 7 * DAY_MS) -> list[Assignment]:
        return self.feed(Engagement(lead_id, points * 1000, self.now_ms, half_life_ms))

    def tick(self) -> list[Assignment]:
        return self.feed(Tick(self.now_ms))

    def wait(self, ms: int) -> list[Assignment]:
        """Let time pass, with a tick whenever one is due."""
        end, decided = self.now_ms + ms, []
        for _ in range(5000):
            due = self.shard.next_due_ms()
            if due is None or due > end:
                break
            self.now_ms = max(self.now_ms, due)
            decided += self.tick()
        else:
            raise AssertionError("ticks never end")
        self.now_ms = end
        return decided

    def roster(self, rep_id: str, **changes: Any) -> list[Assignment]:
        """A new roster entry of a rep: the present one with changes."""
        return self.feed(replace(self.org.reps[rep_id].profile, **changes))

    @property
    def org(self) -> Any:
        return self.shard.orgs["main"]

    def open_of(self, rep_id: str) -> int:
        return sum(load.open for load in self.org.reps[rep_id].loads.values())

    def owner(self, lead_id: str) -> str | None:
        number = self.org.leads[lead_id].rep
        return None if number is None else self.org.rep_numbers[number].profile.rep_id

    def status(self, lead_id: str) -> str:
        return str(self.org.leads[lead_id].status)


def excluded(decision: Assignment, world: World) -> dict[str, list[str]]:
    """Who could not have the lead, by reason, from the decision alone."""
    return {
        reason: [
            rep.profile.rep_id for rep in world.org.rep_numbers if int(mask, 16) >> rep.number & 1
        ]
        for reason, mask in decision["candidates"]["excluded"].items()
    }
