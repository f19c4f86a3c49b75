"""A load with everything in it, the same for the same seed: leads, their lives, and the company's.

Leads come with updates, withdrawals, duplicates, feedback and engagement; meanwhile reps join,
leave and go on holiday, accounts change hands, policies are published, operators command. Some
records are broken. The load is cut into waves, so that whoever feeds it can set the pace.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from tests.e2e.faults.company import BEGIN, Company, Message, message, rep_id

SALES_ORGS = ("main", "north", "south", "east", "west", "ring")
"""More than partitions, so that some share one."""

FEEDBACK_WAVES_MAX = 4

COUNTRIES = ("DE", "DE", "AT", "FR", "GB", "US", "US", "CA", "Norway", "", "Atlantis")
REQUESTS = ("demo", "quote", "inquiry", "order", "rush_order", "account_update", "service")
TITLES = ("Working student", "Head of Purchasing", "VP Sales", "CEO", "Developer", "")
SIZES: tuple[int | str, ...] = (5, 30, 120, 400, "51-200", "1000+", 5000)
INDUSTRIES = ("Software", "finance", "retail", "manufacturing", "education")


@dataclass(frozen=True, slots=True)
class Load:
    """``company`` goes first; each wave may be published at once, one after the other."""

    company: list[Message]
    waves: list[list[Message]]
    lead_count: int
    broken_count: int

    @property
    def message_count(self) -> int:
        """All of it."""
        return len(self.company) + sum(len(wave) for wave in self.waves)


def make_load(
    seed: int, *, leads: int, waves: int, sales_orgs: tuple[str, ...] = SALES_ORGS
) -> Load:
    """The load of ``seed``: ``leads`` leads in about ``waves`` waves."""
    return _Teller(seed, sales_orgs).tell(leads, waves)


class _Teller:
    """Makes things up, in order."""

    def __init__(self, seed: int, sales_orgs: tuple[str, ...]) -> None:
        self.random = Random(seed)
        self.sales_orgs = sales_orgs
        self.count = 0
        self.broken_count = 0
        self.waves: list[list[Message]] = []
        self.lead_ids: dict[str, list[str]] = {org: [] for org in sales_orgs}
        self.fresh: list[list[str]] = []  # lead ids by wave
        self.addresses: dict[str, list[str]] = {org: [] for org in sales_orgs}

    def tell(self, leads: int, waves: int) -> Load:
        company = Company(self.random, self.sales_orgs)
        self.waves = [[] for _ in range(waves + FEEDBACK_WAVES_MAX)]
        self.fresh = [[] for _ in range(waves)]
        for number in range(leads):
            wave = number * waves // leads
            self._life(self.random.choice(self.sales_orgs), number, wave)
        for wave in range(1, waves):
            for later, change in company.changes(wave, self.fresh[wave], self._now()):
                self._add(wave + later, change)
        for messages in self.waves:
            self._interleave(messages)
        return Load(list(company.founding()), self.waves, leads, self.broken_count)

    def _interleave(self, messages: list[Message]) -> None:
        """Mix the leads of a wave; what belongs to one lead keeps its order."""
        by_key: dict[str, list[Message]] = {}
        for each in messages:
            by_key.setdefault(each.key, []).append(each)
        keys = [each.key for each in messages]
        self.random.shuffle(keys)
        for lines in by_key.values():
            lines.reverse()
        messages[:] = [by_key[key].pop() for key in keys]

    def _now(self) -> str:
        self.count += 1
        return (BEGIN + timedelta(milliseconds=self.count)).isoformat()

    def _chance(self, percent: float) -> bool:
        return self.random.random() * 100 < percent

    # the leads

    def _life(self, org: str, number: int, wave: int) -> None:
        lead_id = f"{org}-{number}"
        first = self._lead(org, lead_id, number)
        told = [first]
        if self._chance(0.5):
            self._add(wave, self._broken(first))
        if self._chance(20):
            told.append(self._update(org, lead_id))
        if self._chance(3):
            told.append(self._event("withdrawn", org, lead_id))
        at = wave
        for event in told:
            self._add(at, message("leads", event))
            if self._chance(4):
                self._add(at + self.random.randrange(2), message("leads", event))
            at = min(at + self.random.randrange(2), len(self.waves) - 1)
        if self._chance(8):
            self._add(wave + self.random.randrange(2), self._engagement(org, lead_id))
        self._answers(org, lead_id, wave)
        self.lead_ids[org].append(lead_id)
        self.fresh[wave].append(lead_id)

    def _add(self, wave: int, message: Message) -> None:
        self.waves[min(wave, len(self.waves) - 1)].append(message)

    def _event(self, event_type: str, org: str, lead_id: str) -> dict[str, Any]:
        occurred_at = self._now()
        return {
            "event_id": f"e-{self.count}",
            "event_type": event_type,
            "lead_id": lead_id,
            "sales_org": org,
            "occurred_at": occurred_at,
        }

    def _lead(self, org: str, lead_id: str, number: int) -> dict[str, Any]:
        imported = self._chance(2)
        lead = self._event("imported" if imported else "submitted", org, lead_id)
        domain = f"company-{number % 9000}.example"
        if self._chance(22):
            domain = f"{org}-{self.random.randrange(60)}.example"
        known = self.addresses[org]
        again = bool(known) and self._chance(4)
        email = self.random.choice(known) if again else f"person-{number}@{domain}"
        known.append(email)
        lead["contact"] = {"email": email, "first_name": "Ada", "last_name": "Muster"}
        lead["contact"]["job_title"] = self.random.choice(TITLES)
        if self._chance(30):
            lead["contact"]["language"] = self.random.choice(("de", "en", "fr"))
        lead["location"] = {"country": self.random.choice(COUNTRIES)}
        if self._chance(30):
            lead["location"]["postal_code"] = str(self.random.randrange(10000, 99999))
        if self._chance(70):
            employees = self.random.choice(SIZES)
            lead["company"] = {
                "name": f"Company {number % 9000}",
                "domain": domain,
                "employees": employees,
                "industry": self.random.choice(INDUSTRIES),
            }
        lead["request"] = self.random.choice(REQUESTS)
        lead["lead_source"] = self.random.choice(("web_form", "web_form", "trade_show", "partner"))
        self._add_rarities(lead, org, imported=imported)
        return lead

    def _add_rarities(self, lead: dict[str, Any], org: str, *, imported: bool) -> None:
        someone = rep_id(org, 1 + self.random.randrange(18))
        if imported and self._chance(80):
            lead["owner_rep_id"] = someone if self._chance(95) else "not-on-the-roster"
        if self._chance(3):
            lead["sourced_by_rep_id"] = someone
        if self._chance(15):
            amount = self.random.choice((100, 900, 4_000, 20_000, 80_000))
            lead["expected_value"] = {"amount": amount, "currency": "EUR"}
        if self._chance(2):
            lead["consent"] = {"email": "denied", "phone": "denied"}
        if self._chance(1.5):
            lead["test"] = True
        elif self._chance(1):
            lead["do_not_route"] = True
        if self._chance(20):
            lead["external_ids"] = {"hubspot": lead["event_id"]}

    def _update(self, org: str, lead_id: str) -> dict[str, Any]:
        update = self._event("updated", org, lead_id)
        update["company"] = {"employees": self.random.choice(SIZES)}
        if self._chance(30):
            update["contact"] = {"job_title": self.random.choice(TITLES) or None}
        if self._chance(10):
            update["consent"] = {"email": "denied", "phone": "denied"}
        return update

    def _engagement(self, org: str, lead_id: str) -> Message:
        body = {
            "lead_id": lead_id,
            "sales_org": org,
            "points_milli": self.random.randrange(90_000),
            "half_life_ms": 7 * 86_400_000,
            "occurred_at": self._now(),
        }
        return message("lead.engagement", body)

    def _broken(self, lead: dict[str, Any]) -> Message:
        """A record that intake must refuse; what it was made of goes its own way."""
        self.broken_count += 1
        told = {**lead, "event_id": f"broken-{lead['event_id']}"}
        ways: tuple[bytes, ...] = (
            b"{not json",
            b"\xff\xfe",
            json.dumps({**told, "event_type": "vanished"}).encode(),
            json.dumps({**told, "lead_id": "undefined"}).encode(),
            json.dumps({**told, "lead_id": "ada@example.com"}).encode(),
            json.dumps({**told, "sales_org": "nowhere"}).encode(),
            json.dumps({key: told[key] for key in ("event_id", "event_type")}).encode(),
            b'{"event_id":"broken",' + b'"a":[' * 3000,
        )
        return Message("leads", str(lead["lead_id"]), self.random.choice(ways))

    # what the CRM answers

    def _answers(self, org: str, lead_id: str, wave: int) -> None:
        at = wave
        for feedback_type in self._course():
            body = self._event("", org, lead_id)
            del body["event_type"]
            body["feedback_type"] = feedback_type
            body["actor"] = "lead-router" if self._chance(1) else "crm-user-7"
            if feedback_type in {"owner_changed", "claimed"}:
                number = 1 + self.random.randrange(18)
                body["rep_id"] = rep_id(org, number) if number > 1 else "not-on-the-roster"
            elif self._chance(15):
                body["assignment_id"] = f"{lead_id}.{1 + self.random.randrange(2)}"
            if feedback_type == "merged":
                others = self.lead_ids[org]
                body["into_lead_id"] = self.random.choice(others) if others else "nobody"
            if feedback_type == "won":
                body["amount"] = {"amount": "1200.50", "currency": "EUR"}
            answer = message("crm.feedback", body)
            at = min(at + self.random.randrange(2), len(self.waves) - 1)
            self._add(at, answer)
            if self._chance(3):
                self._add(at, answer)

    def _course(self) -> list[str]:
        """What becomes of a lead in a rep's hands."""
        course = []
        for feedback_type, percent in (
            ("rejected", 8),
            ("accepted", 70),
            ("attempted", 10),
            ("owner_changed", 4),
            ("contacted", 50),
            ("reassign_requested", 2),
            ("meeting_held", 5),
            ("qualified", 10),
            ("claimed", 3),
            ("handoff_requested", 2),
            ("converted", 3),
            ("merged", 1),
            ("disqualified", 25),
            ("won", 20),
            ("lost", 50),
            ("erased", 0.5),
        ):
            if self._chance(percent):
                course.append(feedback_type)
        return course
