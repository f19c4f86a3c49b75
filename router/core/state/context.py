"""One inbox event being worked on: where changes are journaled and decisions collected."""

from __future__ import annotations

from typing import Any

from router.core.compiled.compiled_policy import CompiledPolicy, compile_policy
from router.core.compiled.rep_masks import Availability
from router.core.model.assignment import Assignment
from router.core.model.lead import Lead
from router.core.model.rep import Rep
from router.core.state.availability import available
from router.core.state.journal import Journal
from router.core.state.sales_org import SalesOrg
from router.core.state.waiting_class import START

Again = tuple[str, bool, bool, Any]
"""A lead's id, whether it opens if it is closed, whether its rep is to hear of a request, and what
the lead was before (:class:`router.core.assign.intentions.Before`)."""


class Context:
    """The event in hand. ``now_ms`` is the log's time; ``offset`` its place in the inbox."""

    __slots__ = (
        "again", "beyond_burst", "event_id", "given_way", "journal", "now_ms", "occurred_at_ms",
        "offset", "org", "out", "partition",
    )  # fmt: skip

    def __init__(
        self,
        org: SalesOrg,
        journal: Journal,
        now_ms: int,
        partition: int,
        offset: int,
        event_id: str,
        occurred_at_ms: int,
        out: list[Assignment],
    ) -> None:
        """Decisions are added to ``out``."""
        self.org = org
        self.journal = journal
        self.now_ms = now_ms
        self.partition = partition
        self.offset = offset
        self.event_id = event_id
        self.occurred_at_ms = occurred_at_ms
        self.out = out
        self.beyond_burst: str | None = None  # the lead of this event, if it is to be held
        self.given_way = 0  # to how many who waited, by this event
        self.again: list[Again] = []  # leads to be decided again when this event is done

    def decide_again(self, lead: Lead, *, opens: bool, asks: bool, before: object) -> None:
        """Another lead was merged into it: it is decided again when this event is done."""
        self.again.append((lead.lead_id, opens, asks, before))
        self.journal.on_unwind(self.again.pop)

    @property
    def compiled(self) -> CompiledPolicy | None:
        """The policy in force against the roster, built when either has changed."""
        org = self.org
        if org.compiled is None and org.policy is not None:
            org.compiled = compile_policy(org.policy, org.rep_numbers)
        return org.compiled

    def compile_anew(self) -> None:
        """Roster or policy changed: compile them again, and look at all that waits."""
        self.org.compiled = None
        self.review_all()

    def masks(self, compiled: CompiledPolicy) -> Availability:
        """Who can take a lead now. Another boundary of time may have freed reps."""
        org, put = self.org, self.journal.put
        masks = available(org, compiled, self.now_ms)
        if masks.until_ms != org.boundary_ms:
            same_presence = org.presence_ms == masks.presence_until_ms
            put(org, "boundary_ms", masks.until_ms)
            put(org, "presence_ms", masks.presence_until_ms)
            self.journal.touch("org", org.sales_org, "")
            self.review_all(by_class=same_presence)
        return masks

    def stir(self) -> None:
        """Something that waits may be placed now; the next tick sees to it."""
        org = self.org
        if org.stirred_ms is None and org.room:
            self.journal.put(org, "stirred_ms", self.now_ms)
            self.journal.touch("org", org.sales_org, "")

    def review_all(self, *, by_class: bool = False) -> None:
        """Have all that waits looked at: it may need something else now, or for another reason.

        ``by_class``: only hours and counts have changed, which are the same to all of a class.
        """
        org, put = self.org, self.journal.put
        if not org.room:
            return
        if org.review_from is None or not by_class:
            put(org, "review_by_class", by_class)
        if org.review_from is None:
            put(org, "review_from", START)
        elif org.review_from != START:
            put(org, "review_again", True)
        self.stir()
        self.journal.touch("org", org.sales_org, "")

    def rep(self, number: int | None) -> Rep | None:
        """The rep with a permanent number."""
        return None if number is None else self.org.rep_numbers[number]

    def touch_lead(self, lead: Lead) -> None:
        """The lead changed."""
        leads = self.org.leads
        if leads.touch(lead.lead_id):
            self.journal.on_unwind(leads.untouch, lead.lead_id)

    def touch_load(self, rep: Rep) -> None:
        """What the rep carries changed."""
        self.journal.touch("load", self.org.sales_org, rep.profile.rep_id)

    def touch_rep(self, rep: Rep) -> None:
        """The rep's profile changed."""
        self.journal.touch("rep", self.org.sales_org, rep.profile.rep_id)
