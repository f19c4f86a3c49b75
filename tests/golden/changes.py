"""Changes in a company: its roster, accounts and policies, and commands of operators."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

from tests.golden.company import ACCOUNT, BERLIN, NEWCOMER, TEAM, Company
from tests.golden.core_names import (
    Account,
    Command,
    CommandType,
    PolicyPublished,
    RepCap,
    RosterEntry,
)
from tests.golden.dice import DAY_MS, HOUR_MS, MINUTE_MS, Dice
from tests.golden.policies import POLICIES, SERIOUS

COMMANDS = get_args(CommandType)
EPOCH_ORDINAL = 719_163
RESTING = {"caps": {"inside": RepCap(None, 0), "field": RepCap(0, None)}}


def roster_change(dice: Dice, company: Company, now_ms: int) -> RosterEntry:
    """A rep as they were at first, but for one change; in a steady company seldom a great one."""
    entry = dice.of((*company.reps, NEWCOMER) if company.reps is TEAM else company.reps)
    if company.lead_ids_max > 100 and dice.chance(60):
        return replace(entry)
    return replace(entry, **dice.of(_roster_changes(dice, company, now_ms)))


def _roster_changes(dice: Dice, company: Company, now_ms: int) -> list[dict[str, Any]]:
    anybody, today = dice.of(company.rep_ids()), now_ms // DAY_MS + EPOCH_ORDINAL
    return [
        {},
        {},
        {"removed": True},
        {"channels": ["field"], "role": "field_rep"},
        {"channels": ["field", "inside"]},
        {"channels": []},
        {"time_off": [(now_ms + HOUR_MS, now_ms + 3 * DAY_MS)]},
        {"time_off": [(now_ms - HOUR_MS, now_ms + 40 * DAY_MS)], "backup_rep_id": anybody},
        {"utc_offsets": BERLIN, "hours": [(day, 120, 300) for day in range(7)]},
        {"leaves_ms": now_ms + 2 * HOUR_MS},
        {"starts_ms": now_ms - 10 * DAY_MS},
        {"starts_ms": now_ms + DAY_MS},
        {"caps": {"inside": RepCap(dice.of((None, 0, 1)), dice.of((None, 0, 2)))}},
        {"weight": dice.of((0, 3))},
        {"utc_offsets": BERLIN, "hours": [(day, 9 * 60, 17 * 60) for day in range(7)]},
        {"crm_ids": {"hubspot": "77", "salesforce": "0055g00000AbCdE"}},
        {"seniority": "senior", "partner_rep_id": anybody},
        {"caps": {"inside": RepCap(per_hour=1, per_week=2), "field": RepCap(per_week=1)}},
        {"holidays": [today, today + 1]},
        {"hours": [(day, 22 * 60, 30 * 60) for day in range(5)]},
        {"channels": ["field", "inside"], "caps": {"all": RepCap(dice.of((None, 1, 2)), 2)}},
        {"starts_ms": now_ms - DAY_MS, "caps": {"all": RepCap(4, None)}},
        {"manager_rep_id": anybody},
        RESTING,
    ]


def account_change(dice: Dice, company: Company, now_ms: int) -> Account:
    """An account comes, changes hands or goes."""
    del now_ms
    owner = dice.of((*company.rep_ids(), "nobody", "77"))
    return dice.of(
        [
            replace(ACCOUNT),
            replace(ACCOUNT, owner_rep_id=owner),
            replace(ACCOUNT, removed=True),
            Account("beta", "beta", ["beta.example", "acme.example"], "acme", employees=400),
            Account("beta", "beta", [], owner_rep_id=owner, country="US"),
            Account("beta", None, ["beta.example"], parent_id="gone"),
        ]
    )


def policy_change(dice: Dice, company: Company, now_ms: int) -> PolicyPublished:
    """A policy is published: for now or for later, newer or older than the one in force."""
    few = company.lead_ids_max < 20
    published = dice.of(POLICIES if few else SERIOUS)
    version = company.next_number() - dice.of((0, 0, 0, 50))
    at_ms = dice.of((0, 0, now_ms + HOUR_MS))
    return PolicyPublished(replace(published, version=version, effective_from_ms=at_ms))


def command(dice: Dice, company: Company, now_ms: int) -> Command:
    """Return an operator's command; some come twice, or name what nobody knows."""
    name, number = dice.of(COMMANDS), company.next_number()
    pool = dice.of(("emea-inside", "emea-field", "b2b-inside"))
    lead = dice.of(company.lead_ids) if company.lead_ids else "unheard-of"
    rep = dice.of((*company.rep_ids(), "nobody"))
    subject = {"rep_away": rep, "assign": lead}.get(name, pool)
    span = (now_ms - MINUTE_MS, now_ms + dice.of((DAY_MS, 3 * DAY_MS)))
    return Command(
        f"c{number - dice.below(60)}" if dice.chance(6) else f"c{number}",
        name,
        subject,
        "olga",
        dice.maybe(("training",)),
        rep,
        *(span if name == "rep_away" else (None, None)),
    )
