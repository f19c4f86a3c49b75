"""Roster, accounts and policy as they stood at each record of the inbox."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.e2e.audit.history import History, InboxEvent, LeadKey

Entry = dict[str, Any]


class Directory:
    """Learns event by event; everything is by sales org."""

    def __init__(self, history: History) -> None:
        """Local days go by the roster's own time zones, not by what intake made of them."""
        self.reps: dict[str, dict[str, Entry]] = defaultdict(dict)
        self.accounts: dict[str, dict[str, Entry]] = defaultdict(dict)
        self.policies: dict[str, Entry] = {}
        self.facts: dict[LeadKey, Entry] = defaultdict(dict)
        self._fact_times: dict[LeadKey, dict[str, int]] = {}
        self._next_policies: dict[str, Entry] = {}
        self._zones = _zones(history)

    def learn(self, event: InboxEvent) -> None:
        """Take in what the event says."""
        org, body = event.sales_org, event.body
        match event.kind:
            case "rep":
                before = self.reps[org].get(body["rep_id"], {})
                self.reps[org][body["rep_id"]] = before | body if body.get("removed") else body
            case "account" if body.get("removed"):
                self.accounts[org].pop(body["account_id"], None)
            case "account":
                self.accounts[org][body["account_id"]] = body
            case "policy":
                self._publish(org, body["policy"], event.now_ms)
            case "tick":
                self._activate(event.now_ms)
            case "command" if body["command"] == "rep_away":
                self._send_away(org, body)
            case "lead" if event.lead and (event.lead in self.facts or not event.is_shadow):
                self._hear_of(event.lead, body)

    def _publish(self, org: str, policy: Entry, now_ms: int) -> None:
        in_force = self.policies.get(org)
        if in_force is not None:
            same = in_force["policy_id"] == policy["policy_id"]
            if same and policy["version"] <= in_force["version"]:
                return
        if policy["effective_from_ms"] > now_ms:
            self._next_policies[org] = policy
            return
        self.policies[org] = policy
        self._next_policies.pop(org, None)

    def _hear_of(self, lead: LeadKey, body: Entry) -> None:
        """Of each fact the latest by ``occurred_at`` stands, from the first event on."""
        at_ms, facts = body["occurred_at_ms"], self.facts[lead]
        times = self._fact_times.setdefault(lead, {"": at_ms})
        for name, value in body.get("facts", {}).items():
            if at_ms >= times.get(name, times[""]):
                facts[name], times[name] = value, at_ms

    def _send_away(self, org: str, command: Entry) -> None:
        """Until the next roster entry, which replaces the whole rep."""
        rep = self.reps[org].get(command["subject"])
        if rep is not None:
            span = (command["from_ms"], command["until_ms"])
            self.reps[org][command["subject"]] = {
                **rep,
                "time_off": [*rep.get("time_off", ()), span],
            }

    def _activate(self, now_ms: int) -> None:
        due = [
            org
            for org, policy in self._next_policies.items()
            if policy["effective_from_ms"] <= now_ms
        ]
        for org in due:
            self.policies[org] = self._next_policies.pop(org)

    def rep(self, org: str, rep_id: str | None) -> Entry | None:
        """The roster entry, also of a rep who has left."""
        return self.reps[org].get(rep_id or "")

    def local_day(self, org: str, rep_id: str, at_ms: int) -> str:
        """The date at the rep's place."""
        zone = self._zones.get((org, rep_id), UTC)
        return datetime.fromtimestamp(at_ms / 1000, zone).date().isoformat()

    def account_of(self, org: str, facts: Entry) -> Entry | None:
        """The account by the company's domain or a business e-mail's; the smallest id counts."""
        domains = [facts.get("company_domain")]
        if facts.get("email_kind") == "business":
            domains.append(facts.get("email_domain"))
        for domain in domains:
            ids = [
                account_id
                for account_id, account in self._with_domain(org, domain).items()
                if domain is not None and domain in account.get("domains", ())
            ]
            if ids:
                return self.accounts[org][min(ids)]
        return None

    def owner_of(self, org: str, account: Entry | None) -> Entry | None:
        """The rep who owns the account, or else its parent."""
        if account is None:
            return None
        owner_id = account.get("owner_rep_id")
        if owner_id is None and account.get("parent_id"):
            owner_id = self.accounts[org].get(account["parent_id"], {}).get("owner_rep_id")
        return self.rep(org, owner_id)

    def _with_domain(self, org: str, domain: str | None) -> dict[str, Entry]:
        return self.accounts[org] if domain else {}


def _zones(history: History) -> dict[tuple[str, str], ZoneInfo]:
    """Time zones as the roster topic names them; nobody moves while an audited run lasts."""
    zones: dict[tuple[str, str], ZoneInfo] = {}
    for record in history.records("roster"):
        try:
            body = json.loads(record.value or b"{}")
            if zone := body.get("time_zone"):
                org = body.get("sales_org") or history.default_sales_org
                zones[org, body["rep_id"]] = ZoneInfo(zone)
        except (ValueError, AttributeError, KeyError, OSError):
            continue  # not a roster entry: intake has dead-lettered it
    return zones
