"""Sales orgs of the golden record: their reps and accounts, and what a CRM knows of their leads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from tests.golden.core_names import Account, Policy, RepCap, RosterEntry
from tests.golden.dice import DAY_MS
from tests.golden.policies import BASE, BY_PRODUCT, WITHOUT_CLOCKS

BEGIN_MS = 1_762_776_000_000 - 1_762_776_000_000 % DAY_MS + DAY_MS // 2  # Monday, 2025-11-10
BERLIN = [
    (-(1 << 50), 60),
    (1_743_296_400_000, 120),
    (1_761_440_400_000, 60),
    (1_774_746_000_000, 120),
]
ACCOUNT = Account("acme", "acme", ["acme.example"], owner_rep_id="fay", tier="strategic")

TEAM = (
    RosterEntry("fay", ["field"], "field_rep", territories=["de-south", "emea-rest"],
                partner_rep_id="ida", manager_rep_id="mia", crm_ids={"hubspot": "1"}),
    RosterEntry("fin", ["field"], "field_rep", territories=["emea-rest"], manager_rep_id="mia",
                utc_offsets=BERLIN, hours=[(day, 60, 1_140) for day in range(7)]),
    RosterEntry("ida", ["inside"], "inside_rep", languages=["en", "de"], manager_rep_id="mia",
                seniority="senior", skills=["x", "solar"],
                crm_ids={"salesforce": "0055g00000AbCdEAAV"}),
    RosterEntry("ike", ["inside"], "inside_rep", languages=["en"], manager_rep_id="mia",
                seniority="junior", skills=["heat"], crm_ids={"hubspot": "77"}),
    RosterEntry("iva", ["inside"], "inside_rep", languages=["en", "fr"], manager_rep_id="mia",
                seniority="senior", skills=["solar"], utc_offsets=BERLIN, close_permille=1_150,
                hours=[(day, 540, 1_020) for day in range(7)]),
    RosterEntry("uma", ["field"], "field_rep", territories=["us"], languages=["en"], travel=300,
                crm_ids={"hubspot": "77"}),
    RosterEntry("mia", ["inside"], "manager", manager_rep_id="max", backup_rep_id="moe"),
    RosterEntry("moe", ["inside"], "manager", backup_rep_id="mia"),
    RosterEntry("max", [], "director"),
)  # fmt: skip
NEWCOMER = RosterEntry("new", ["inside", "field"], "inside_rep", languages=["en"])
REP_IDS = (*(rep.rep_id for rep in TEAM), "new")

CROWD = tuple(
    RosterEntry(
        f"r{number:02d}",
        ["inside"],
        "inside_rep",
        languages=["en", "de"] if number % 3 else ["en"],
        manager_rep_id="r00",
        caps={"inside": RepCap(None, 1 + number % 2)},
    )
    for number in range(66)
)
"""So many that masks of them have more bits than a packed number."""


class Assigned(NamedTuple):
    """A lead as a CRM knows it."""

    assignment_id: str
    rep_id: str | None


@dataclass
class Company:
    """One sales org. ``lead_ids_max`` is how many leads live at a time: few of them meet more."""

    sales_org: str
    reps: tuple[RosterEntry, ...]
    policy: Policy | None
    lead_ids_max: int
    lead_ids: list[str] = field(default_factory=list)
    assigned: dict[str, Assigned] = field(default_factory=dict)
    count: int = 0

    def next_number(self) -> int:
        """Counts whatever is to have an id of its own."""
        self.count += 1
        return self.count

    def rep_ids(self) -> tuple[str, ...]:
        """Everybody who may be on the roster."""
        return REP_IDS if self.reps is TEAM else tuple(rep.rep_id for rep in self.reps)


def companies() -> dict[str, Company]:
    """All of them, by sales org, as they begin."""
    found = (
        Company("steady", TEAM, BASE, 400),
        Company("storm", TEAM, None, 9),
        Company("goods", TEAM, BY_PRODUCT, 40),
        Company("crowd", CROWD, WITHOUT_CLOCKS, 900),
        Company("scenes", TEAM, BASE, 20),
    )
    return {company.sales_org: company for company in found}
