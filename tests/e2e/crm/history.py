"""The CRM data set as the files that a company would bring: roster, accounts, policy, leads.

Spelling mistakes (``technolgy``, ``Philipines``, ``GTXPro``) go in as they are: putting them
right is intake's work.
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

OWNED_ACCOUNTS = 10  # the largest by revenue have an account owner
FIELD_SHARE = 3  # one agent in three, those with the largest deals, sells in the field

POLICY = """\
policy: computer-hardware
currency: USD
markets:
  everywhere: {{countries: all}}
default_market: everywhere
products:
{products}
value: [expected_value, product_price_times_quantity]
score:
  fit:
    - {{points: 30, when: {{industry: technology}}}}
    - {{points: 20, when: {{industry: [software, finance]}}}}
    - {{points: 10, when: {{country: PH}}}}
  bands: {{hot: "30+", warm: "10-29", cold: "under 10"}}
before_rotation:
  - {{if: account_has_owner, then: owner}}
channel:
  - {{use: field, when: {{value: "5000+"}}}}
  - {{use: field, when: {{value: "4000+", band: [hot, warm]}}}}
  - {{use: inside}}
pools:
{pools}
rotation: {{fair_by: turns}}
caps:
  field: {{open: 2000}}
  inside: {{open: 2000}}
hours:
  inside: {{on_duty: own_schedule}}
  field: {{on_duty: own_schedule}}
nobody_free:
  field: [backlog]
  inside: [backlog]
"""


def data_folder() -> Path | None:
    """Where the data set is: ``LEAD_ROUTER_CRM_DATA``, or beside the project; None if nowhere."""
    beside = Path(__file__).parents[4] / "shared" / "data" / "crm-sales-opportunities"
    folder = Path(os.environ.get("LEAD_ROUTER_CRM_DATA", beside))
    return folder if (folder / "sales_pipeline.csv").is_file() else None


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    """One of the CSV files."""
    with (folder / name).open(newline="") as file:
        return list(csv.DictReader(file))


def slug(name: str) -> str:
    """A name as an id."""
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")


class History:
    """The data set, read once."""

    def __init__(self, folder: Path) -> None:
        self.accounts = rows(folder, "accounts.csv")
        self.products = rows(folder, "products.csv")
        self.team = rows(folder, "sales_teams.csv")
        self.deals = sorted(rows(folder, "sales_pipeline.csv"), key=_when)
        self.office_of = {slug(row["sales_agent"]): row["regional_office"] for row in self.team}
        self.field_agents = self._largest_dealers()

    def _largest_dealers(self) -> set[str]:
        won = defaultdict(list)
        for deal in self.deals:
            if deal["deal_stage"] == "Won":
                won[deal["sales_agent"]].append(float(deal["close_value"]))
        chosen: set[str] = set()
        for office in sorted(set(self.office_of.values())):
            agents = [row["sales_agent"] for row in self.team if row["regional_office"] == office]
            agents.sort(key=lambda agent: (-sum(won[agent]) / max(len(won[agent]), 1), agent))
            chosen |= {slug(agent) for agent in agents[: len(agents) // FIELD_SHARE]}
        return chosen

    def write(self, folder: Path) -> None:
        """Write roster.csv, accounts.csv, policy.yaml and leads.jsonl."""
        _write_csv(folder / "roster.csv", self._roster())
        _write_csv(folder / "accounts.csv", self._accounts())
        (folder / "policy.yaml").write_text(self._policy())
        (folder / "leads.jsonl").write_text(
            "".join(f"{json.dumps(lead)}\n" for lead in self.leads())
        )

    def _roster(self) -> list[dict[str, Any]]:
        managers = sorted({row["manager"] for row in self.team})
        manager_rows = [
            {"rep_id": slug(name), "name": name, "channels": "", "role": "manager"}
            for name in managers
        ]
        agent_rows = []
        for row in self.team:
            rep_id = slug(row["sales_agent"])
            channel = "field" if rep_id in self.field_agents else "inside"
            agent_rows.append(
                {
                    "rep_id": rep_id,
                    "name": row["sales_agent"],
                    "channels": channel,
                    "role": f"{channel}_rep",
                    "manager_rep_id": slug(row["manager"]),
                    "skills": slug(row["regional_office"]),
                    "time_zone": "America/Chicago",
                    "crm_ids": f"salesforce:{rep_id}",
                }
            )
        return agent_rows + manager_rows

    def _accounts(self) -> list[dict[str, Any]]:
        by_revenue = sorted(self.accounts, key=lambda row: -float(row["revenue"]))
        owned = {row["account"] for row in by_revenue[:OWNED_ACCOUNTS]}
        deals = Counter((deal["account"], deal["sales_agent"]) for deal in self.deals)
        return [
            {
                "account_id": slug(row["account"]),
                "name": row["account"],
                "parent_id": slug(row["subsidiary_of"]),
                "country": row["office_location"],
                "employees": row["employees"],
                "annual_revenue": int(float(row["revenue"]) * 1_000_000),
                "annual_revenue_currency": "USD",
                "owner_rep_id": self._main_agent(row["account"], deals)
                if row["account"] in owned
                else "",
            }
            for row in self.accounts
        ]

    @staticmethod
    def _main_agent(account: str, deals: Counter[tuple[str, str]]) -> str:
        candidates = [(count, agent) for (name, agent), count in deals.items() if name == account]
        return slug(max(candidates)[1])

    def owners(self) -> dict[str, str]:
        """Owner's rep id by account id, where there is one."""
        return {
            row["account_id"]: row["owner_rep_id"]
            for row in self._accounts()
            if row["owner_rep_id"]
        }

    def _policy(self) -> str:
        products = "\n".join(
            f"  {json.dumps(row['product'])}: {{price: {row['sales_price']}}}"
            for row in self.products
        )
        pools = "\n".join(
            f"  {slug(office)}-{channel}: {{market: everywhere, channel: {channel},"
            f" members: {{role: {channel}_rep, skill: {slug(office)}}},"
            f" when: {{custom.region: {slug(office)}}}}}"
            for office in sorted(set(self.office_of.values()))
            for channel in ("field", "inside")
        )
        return POLICY.format(products=products, pools=pools)

    def leads(self) -> list[dict[str, Any]]:
        """Every opportunity as the lead it began as, in order of date."""
        by_name = {row["account"]: row for row in self.accounts}
        return [self._lead(deal, by_name.get(deal["account"])) for deal in self.deals]

    def _lead(self, deal: dict[str, str], account: dict[str, str] | None) -> dict[str, Any]:
        lead: dict[str, Any] = {
            "event_id": f"crm-{deal['opportunity_id']}",
            "event_type": "submitted",
            "lead_id": deal["opportunity_id"],
            "occurred_at": _when(deal).isoformat().replace("+00:00", "Z"),
            "lead_source": "crm_history",
            "interest": {"product": deal["product"], "quantity": 1},
            "custom": {"region": slug(self.office_of[slug(deal["sales_agent"])])},
        }
        if account is not None:
            lead["company"] = {
                "name": account["account"],
                "employees": int(account["employees"]),
                "industry": account["sector"],
            }
            lead["location"] = {"country": account["office_location"]}
        return lead


def _when(deal: dict[str, str]) -> datetime:
    """When it began; prospects have no date yet, so they come last."""
    if not deal["engage_date"]:
        return datetime(2018, 1, 1, tzinfo=UTC) + timedelta(seconds=len(deal["opportunity_id"]))
    return datetime.strptime(deal["engage_date"], "%m/%d/%Y").replace(tzinfo=UTC)


def _write_csv(path: Path, records: list[dict[str, Any]]) -> None:
    names = list(dict.fromkeys(name for record in records for name in record))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, names, restval="")
        writer.writeheader()
        writer.writerows(records)
