"""The companies of the fault test: reps, accounts and policies, and how they change."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from router.core.model.policy import Policy
from router.intake.policy import load_policy, policy_to_plain

POLICY_FILE = Path(__file__).parent / "policy.yaml"
BEGIN = datetime(2025, 6, 2, 9, tzinfo=UTC)
FAR = "2100-01-01T00:00:00+00:00"
ZONES = ("Europe/Berlin", "Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Sydney")
REPS = 19
FIELD_REPS = 6
ACCOUNTS = 60


@dataclass(frozen=True, slots=True)
class Message:
    """A record to publish; ``topic`` without the prefix."""

    topic: str
    key: str
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


Change = tuple[int, Message]
"""How many waves later, and what."""


class Company:
    """Tells the records of all sales orgs; the same for the same ``random``."""

    def __init__(self, random: Random, sales_orgs: Sequence[str]) -> None:
        """Nothing is told yet."""
        self.random = random
        self.sales_orgs = sales_orgs

    def founding(self) -> Iterator[Message]:
        """What is there before the first lead."""
        for org in self.sales_orgs:
            yield policy_message(org, 1)
            for number in range(1, REPS + 1):
                yield message("roster", self._rep(org, number))
            for number in range(ACCOUNTS):
                yield message("accounts", self._account(org, number))

    def _rep(self, org: str, number: int) -> dict[str, Any]:
        """The first are field reps, then inside reps; the last manages all."""
        field = number <= FIELD_REPS
        role = "manager" if number == REPS else "field_rep" if field else "inside_rep"
        rep: dict[str, Any] = {
            "rep_id": rep_id(org, number),
            "sales_org": org,
            "name": "Somebody",
            "role": role,
            "channels": ["field"] if field else ["inside"],
            "manager_rep_id": rep_id(org, REPS),
            "partner_rep_id": rep_id(org, number + 6 if field else max(number - 6, 1)),
            "backup_rep_id": rep_id(org, number % 6 + 1),
            "territories": ["emea-rest", "amer-all"] + (["de-south"] if number % 2 else []),
            "languages": ["en", "de"] if number % 3 else ["en"],
            "seniority": "senior" if number % 4 == 0 else "junior",
            "weight": 1 + number % 3,
            "time_zone": ZONES[number % len(ZONES)],
            "crm_ids": {"hubspot": f"{org}-{number}"},
        }
        if number % 5 == 0:
            cap = {"per_day": 30 + number, "open": 12}
            rep["caps"] = {"field" if field else "inside": cap}
        return rep

    def _account(self, org: str, number: int) -> dict[str, Any]:
        account: dict[str, Any] = {
            "account_id": f"{org}-account-{number}",
            "sales_org": org,
            "name": f"Kunde {org} {number} GmbH",
            "domains": [f"{org}-{number}.example"],
            "tier": "strategic" if number % 10 == 0 else "standard",
            "employees": 10 * number,
        }
        if number % 7 == 6:
            account["parent_id"] = f"{org}-account-{number - 1}"
        elif number % 9:
            account["owner_rep_id"] = rep_id(org, 1 + number % 18)
        return account

    def _somebody(self, org: str) -> str:
        return rep_id(org, 1 + self.random.randrange(REPS - 1))

    def changes(self, wave: int, fresh: Sequence[str], occurred_at: str) -> Iterator[Change]:
        """What changes in one sales org as ``wave`` with its ``fresh`` leads goes by."""
        org = self.sales_orgs[wave % len(self.sales_orgs)]
        rep = self._rep(org, 1 + self.random.randrange(REPS - 1))
        rep["weight"] = 1 + self.random.randrange(4)
        if wave % 3 == 0:
            rep["caps"] = {rep["channels"][0]: {"open": self.random.randrange(5, 60)}}
        yield 0, message("roster", rep)
        account = self._account(org, self.random.randrange(ACCOUNTS))
        account["owner_rep_id"] = self._somebody(org)
        yield 0, message("accounts", account)
        if wave % 4 == 1:
            number = FIELD_REPS + 1 + wave % 12
            yield 0, Message("roster", rep_id(org, number), None, (("sales_org", org.encode()),))
            yield 3, message("roster", self._rep(org, number))
        if wave % 6 == 2:
            yield 0, policy_message(org, 1 + wave)
        if wave % 5 == 0:
            for command in self._commands(org, wave, fresh):
                told = {"sales_org": org, "actor": "operator-1", "occurred_at": occurred_at}
                yield 0, message("routing.commands", told | command, key=f"{org}-operator")

    def _commands(self, org: str, wave: int, fresh: Sequence[str]) -> Iterator[dict[str, Any]]:
        told: list[dict[str, Any]] = [
            {"command": "pause_pool", "subject": "amer-inside"},
            {"command": "reoffer_backlog", "subject": "all"},
            {
                "command": "rep_away",
                "subject": rep_id(org, 1 + wave % (REPS - 1)),
                "from": BEGIN.isoformat(),
                "until": FAR,
            },
            {"command": "resume_pool", "subject": "amer-inside"},
        ]
        own = [lead_id for lead_id in fresh if lead_id.startswith(f"{org}-")]
        for lead_id in self.random.sample(own, min(5, len(own))):
            to = self._somebody(org)
            told.append({"command": "assign", "subject": lead_id, "rep_id": to})
        for number, command in enumerate(told):
            yield {"command_id": f"{org}-{wave}-{number}", **command}


def rep_id(org: str, number: int) -> str:
    """The rep's id."""
    return f"{org}-rep-{number}"


def message(topic: str, body: dict[str, Any], key: str | None = None) -> Message:
    """A record of the contract; keyed by what it is about unless ``key`` says otherwise."""
    name = key or body.get("lead_id") or body.get("rep_id") or body.get("account_id")
    return Message(topic, str(name), json.dumps(body).encode())


def policy_message(sales_org: str, version: int) -> Message:
    """The fault test's policy, as it is published."""
    source = POLICY_FILE.read_text(encoding="utf-8")
    published_at = BEGIN + timedelta(seconds=version)
    published_at_ms = int(published_at.timestamp() * 1000)
    policy = load_policy(source, version=version, published_at_ms=published_at_ms)
    if not isinstance(policy, Policy):
        raise ValueError(f"{POLICY_FILE.name}: {policy[0]}")  # noqa: TRY004 - the file is wrong
    body = {
        "policy_id": policy.policy_id,
        "version": version,
        "sales_org": sales_org,
        "published_at": published_at.isoformat(),
        "source": source,
        "compiled": policy_to_plain(policy),
    }
    return message("policies", body, key=f"{sales_org}/{policy.policy_id}")
