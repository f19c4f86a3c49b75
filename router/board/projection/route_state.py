"""A sales org's reps, loads, pools and policy as route holds them, put together by route's code."""

from __future__ import annotations

from typing import Any

from router.core.compiled.compiled_policy import CompiledPolicy, compile_policy
from router.core.compiled.rep_masks import Availability
from router.core.model.rep import Rep
from router.core.state.availability import available
from router.core.state.index import Ids
from router.core.state.lead_store import LeadStore
from router.core.state.records import load_from, take_back
from router.core.state.rep_names import by_crm_id
from router.core.state.sales_org import SalesOrg
from router.kafka.topics.changelog import MESSAGE_PACKING
from router.kafka.topics.codecs import read_policy

_KINDS = ("rep", "load", "pool", "policy", "next_policy", "ignored")


class Company:
    """Takes in records of ``routing.state``; leads and accounts are not kept here."""

    def __init__(self, sales_org: str) -> None:
        """Start empty."""
        leads = LeadStore(MESSAGE_PACKING.pack_lead, MESSAGE_PACKING.unpack_lead)
        self.org = SalesOrg(sales_org, leads)
        self._reps_changed = False
        self._available: tuple[int, Availability] | None = None

    def take_back(self, kind: str, entity_id: str, value: Any) -> None:
        """A changelog record; None removes the entity.

        Raises:
            LookupError, TypeError, ValueError: the record is not one of ours.
        """
        if kind not in _KINDS:
            return
        self._available = None
        before = self.org.reps.get(entity_id)
        if kind == "load" and before is not None:
            before.loads = {name: load_from(load) for name, load in (value or {}).items()}
        else:
            take_back(self.org, kind, entity_id, value, read_policy)
        if kind == "rep":
            self._hand_on_loads(entity_id, before)
            self._reps_changed = True
        if kind in {"rep", "policy"}:
            self.org.compiled = None

    def _hand_on_loads(self, rep_id: str, before: Rep | None) -> None:
        """At once, also those that came first: what is read next of them is newer."""
        rep = self.org.reps.get(rep_id)
        if rep is not None:
            waiting = self.org.restored_loads.pop(rep_id, {})
            rep.loads = before.loads if before is not None else waiting

    @property
    def reps(self) -> list[Rep]:
        """By permanent number; empty while some are still to be read."""
        org = self.org
        if self._reps_changed:
            org.rep_numbers = sorted(org.reps.values(), key=lambda rep: rep.number)
            self._reps_changed = False
        numbers = org.rep_numbers
        return numbers if not numbers or numbers[-1].number == len(numbers) - 1 else []

    @property
    def compiled(self) -> CompiledPolicy | None:
        """The policy in force against the roster; None before there is one."""
        reps, policy = self.reps, self.org.policy
        if self.org.compiled is None and policy is not None:
            self.org.compiled = compile_policy(policy, reps)
        return self.org.compiled

    def availability(self, now_ms: int) -> Availability | None:
        """Who can take a lead at ``now_ms``, and the caps of all."""
        compiled = self.compiled
        if compiled is None:
            return None
        if self._available is None or self._available[0] != now_ms:
            compiled.availability = None  # loads have changed since it was made
            self._available = now_ms, available(self.org, compiled, now_ms)
        return self._available[1]

    @property
    def by_crm_id(self) -> dict[str, Ids]:
        """Rep ids by the keys of their ids in CRMs."""
        ids = {rep.profile.rep_id: rep.profile.crm_ids.values() for rep in self.reps}
        return by_crm_id(ids)

    @property
    def numbers(self) -> dict[int, str]:
        """Rep ids by permanent number."""
        return {rep.number: rep.profile.rep_id for rep in self.reps}
