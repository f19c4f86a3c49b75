"""A small sales organisation to decide in, and a shard to feed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from router.core.decision import Assignment
from router.core.events import (
    Account,
    Event,
    Facts,
    Feedback,
    LeadEvent,
    PolicyPublished,
    RosterEntry,
    Tick,
)
from router.core.policy import (
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


class World:
    """A shard with a clock that the test turns."""

    def __init__(
        self,
        policy: Policy | None = POLICY,
        reps: tuple[RosterEntry, ...] = REPS,
        accounts: tuple[Account, ...] = (ACCOUNT,),
        now_ms: int = MONDAY_NOON_MS,
    ) -> None:
        self.shard = Shard(0, ("main",), lambda value: value)  # type: ignore[arg-type,return-value]
        self.now_ms = now_ms
        self.log: list[tuple[int, Event]] = []
        self.decided: list[Assignment] = []
        self.restarts = False
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

    def lead(
        self, lead_id: str | None = None, event_type: Any = "submitted", **facts: Any
    ) -> list[Assignment]:
        self.count += 1
        name = lead_id or f"lead-{self.count}"
        cleared = facts.pop("cleared", [])
        return self.feed(
            LeadEvent(f"event-{self.count}", event_type, name, self.now_ms, Facts(**facts), cleared)
        )

    def one(self, lead_id: str | None = None, event_type: Any = "submitted", **facts: Any) -> Assignment:
        (decision,) = self.lead(lead_id, event_type, **facts)
        return decision

    def feedback(self, feedback_type: Any, lead_id: str, **more: Any) -> list[Assignment]:
        self.count += 1
        return self.feed(Feedback(f"event-{self.count}", feedback_type, lead_id, self.now_ms, **more))

    def wait(self, ms: int) -> list[Assignment]:
        """Let time pass, with a tick whenever one is due."""
        end, decided = self.now_ms + ms, []
        for _ in range(1000):
            due = self.shard.next_due_ms()
            if due is None or due > end:
                break
            self.now_ms = max(self.now_ms, due)
            decided += self.feed(Tick(due))
            if self.shard.next_due_ms() == due:
                break
        self.now_ms = end
        return decided

    @property
    def org(self) -> Any:
        return self.shard.orgs["main"]
