"""A lead as its policy sees it: account, market, worth, points, and the lines that hold."""

from __future__ import annotations

from router.core.compiled.compiled_policy import CompiledPolicy
from router.core.compiled.decay import halvings
from router.core.compiled.view import View
from router.core.model.events import Account, Facts
from router.core.model.lead import Lead
from router.core.model.placement import Placement
from router.core.model.work_schedule import DAY_MS
from router.core.search.contribution import usual_channel
from router.core.search.expected_value import expected_value
from router.core.search.misses import missing
from router.core.search.score import fades_at_ms, score
from router.core.state.context import Context
from router.core.state.index import Ids
from router.core.state.sales_org import SalesOrg


def view_of(context: Context, compiled: CompiledPolicy, lead: Lead) -> View:
    """The lead with its account and market, its worth and points, and the lines that hold."""
    facts = lead.facts
    account = account_of(context.org, facts)
    country = facts.country or (account.country if account is not None else None)
    market = compiled.market_of_country.get(country or "", compiled.policy.default_market_id)
    view = View(facts, account, market, lead.missed)
    view.missing = missing(lead, context.now_ms)
    expected_value(compiled, view)
    early = compiled.sieve.early(view)
    score(compiled, lead, view, early, context.now_ms)
    holding = compiled.sieve.late(early, view.band, view.points)
    was_found = facts.sourced_by_rep_id is not None
    view.lines = compiled.lines_of(holding, has_account=account is not None, found_by_rep=was_found)
    line = view.lines.channel
    if line is not None and (
        line.use == "field" or (line.use == "inside_then_field" and lead.channel == "field")
    ):
        view.channel = "field"  # what was qualified stays there
    elif line is not None and line.use == "best":
        view.channel = usual_channel(compiled, view)
    return view


def account_of(org: SalesOrg, facts: Facts) -> Account | None:
    """The account by the company's domain, a business e-mail's domain, or the company's name."""
    if not org.accounts:
        return None
    by_domain = org.accounts_by_domain
    found = _of_domain(by_domain, facts.company_domain or "")
    if found is None and facts.email_kind == "business":
        found = _of_domain(by_domain, facts.email_domain or "")
    if found is None:
        found = org.accounts_by_name.get(facts.company_key or "")
    if found is None:
        return None
    return org.accounts[found if isinstance(found, str) else found[0]]


def _of_domain(by_domain: dict[str, Ids], domain: str) -> Ids | None:
    """Whose domain it is, or that above it: ``mail.acme.example`` is ``acme.example``'s.

    No account has a domain under which many companies are: intake leaves those out.
    """
    found = by_domain.get(domain)
    while found is None and domain.count(".") > 1:
        domain = domain.partition(".")[2]
        found = by_domain.get(domain)
    return found


def note_findings(
    context: Context, compiled: CompiledPolicy, lead: Lead, view: View, found: Placement
) -> None:
    """Add what was found of the lead on the way, and until when that will be so if it waits."""
    found.score, found.value, found.passed_over = view.score, view.value, view.passed_over
    found.value_minor, found.points, found.band = view.value_minor or 0, view.points, view.band
    found.rank = rank_of(compiled, lead, view, found)
    if found.rep is None and found.needs is not None:
        view.review_by(fades_at_ms(compiled, lead, view.points, context.now_ms))
        view.review_by(lead.missed_until_ms if view.missing else None)
        found.review_at_ms = view.review_at_ms


def rank_of(compiled: CompiledPolicy, lead: Lead, view: View, found: Placement) -> int:
    """Return the lead's place among all that wait: smaller is served first.

    By value, or 0 to leave it to the time of arrival. Where worth halves with waiting, by what is
    left of it: the time until nothing is, so that the order of two leads never changes. With 48 h,
    a lead of 2,000 goes before one of 1,000 that came less than 48 h later.
    """
    if compiled.policy.backlog.order == "age":
        return 0
    value_minor, economics = view.value_minor or 0, compiled.conditions.economics
    if economics is None:
        return -value_minor
    if found.bids:
        value_minor = max(worth - cost for _, worth, cost, _ in found.bids)
    halves_ms = economics.halves_by_source.get(view.facts.lead_source or "", economics.halves_ms)
    return -lead.received_ms - halvings(value_minor, halves_ms or DAY_MS)
