"""The search for a lead's owner, from the account to the fair pick. Changes only credits."""

from __future__ import annotations

from router.core.condition import View
from router.core.decision import Outcome, Reason
from router.core.events import Account, Facts
from router.core.exits import before_rotation
from router.core.placement import POLICY_QUEUE, Placement
from router.core.pools import in_pool
from router.core.score import score
from router.core.state import Lead, SalesOrg
from router.core.tables import Tables
from router.core.turn import Turn
from router.core.value import expected_value


def search(turn: Turn, lead: Lead) -> Placement:
    """Where the lead belongs now.

    In the order of the design: the policy's questions before rotation, then channel, territory,
    pool, eligibility and the fair pick. Score and value are known before the first question,
    because any of them may ask.
    """
    tables = turn.tables
    if tables is None:
        return Placement(Outcome.QUEUED, Reason.NO_POLICY, queue=POLICY_QUEUE)
    view = view_of(turn.org, tables, lead)
    value = expected_value(tables, view)
    points = score(tables, lead, view, turn.now_ms)
    found = before_rotation(turn, tables, lead, view) or _by_channel(turn, tables, lead, view)
    found.score, found.value = points, value
    if view.account is not None:
        found.account_id = view.account.account_id
    _remember(turn, lead, view)
    return found


def _remember(turn: Turn, lead: Lead, view: View) -> None:
    value_minor = view.value_minor or 0
    if (lead.value_minor, lead.points, lead.band) != (value_minor, view.points, view.band):
        turn.journal.edit(lead)
        lead.value_minor, lead.points, lead.band = value_minor, view.points, view.band


def view_of(org: SalesOrg, tables: Tables, lead: Lead) -> View:
    """What conditions see of the lead: its facts, its account and its market."""
    facts = lead.facts
    account = account_of(org, facts)
    country = facts.country or (account.country if account else None)
    market = tables.market_of_country.get(country or "", tables.policy.default_market_id)
    return View(facts, account, market, missed=lead.missed)


def account_of(org: SalesOrg, facts: Facts) -> Account | None:
    """The account by the company's domain, a business e-mail's domain, or the company's name."""
    if not org.accounts:
        return None
    by_domain = org.accounts_by_domain
    found = by_domain.get(facts.company_domain or "")
    if found is None and facts.email_kind == "business":
        found = by_domain.get(facts.email_domain or "")
    if found is None:
        found = org.accounts_by_name.get(facts.company_key or "")
    if found is None:
        return None
    return org.accounts[found if isinstance(found, str) else found[0]]


def _by_channel(turn: Turn, tables: Tables, lead: Lead, view: View) -> Placement:
    """Field or inside by the first line that holds, then a rep of that channel."""
    for line, holds in tables.channel:
        if holds(view):
            later = line.use == "inside_then_field"
            handed_over = later and lead.channel == "field"  # what was qualified stays there
            channel = "field" if line.use == "field" or handed_over else "inside"
            found = in_pool(turn, tables, lead, view, channel)
            found.channel_rule = line.label
            found.hand_over = later and not handed_over
            return found
    found = in_pool(turn, tables, lead, view, "inside")
    found.channel_rule = "no channel line matches: inside"
    return found
