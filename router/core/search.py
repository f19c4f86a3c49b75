"""The search for a lead's owner, from the account to the fair pick. Changes nothing."""

from __future__ import annotations

from router.core.chains.misses import missing
from router.core.condition import View
from router.core.decision import Outcome, Reason
from router.core.events import Account, Facts
from router.core.exits import before_rotation
from router.core.person.consent import is_held
from router.core.placement import Placement
from router.core.pools import in_pool, need
from router.core.score import fades_at_ms, score
from router.core.state import Lead, SalesOrg
from router.core.tables import Tables
from router.core.turn import Turn
from router.core.value import expected_value
from router.core.waiting.waiting_class import UNKNOWN


def search(turn: Turn, lead: Lead, *, paced: bool = False) -> Placement:
    """Return where the lead belongs now; ``settle`` makes it true.

    In the order of the design: the policy's questions before rotation, then channel, territory,
    pool, eligibility and the fair pick. Score and value are known before the first question,
    because any of them may ask. ``paced``: not to a rep who has leads to accept first.
    """
    tables = turn.tables
    if tables is None:
        return Placement(Outcome.QUEUED, Reason.NO_POLICY, needs=UNKNOWN)
    view = view_of(turn, tables, lead)
    view.paced = paced
    found = (
        _held(turn, tables, lead, view)
        or before_rotation(turn, tables, lead, view)
        or _by_channel(turn, tables, lead, view)
    )
    if view.account is not None:
        found.account_id = view.account.account_id
    note_findings(turn, tables, lead, view, found)
    return found


def _held(turn: Turn, tables: Tables, lead: Lead, view: View) -> Placement | None:
    """No rep may have a lead of which nobody knows whether its person refuses."""
    if not is_held(turn.org, lead):
        return None
    channel = lead.channel or "inside"
    found = Placement(Outcome.QUEUED, Reason.CONSENT_UNREADABLE, channel=channel)
    found.needs = need(turn, tables, lead, view, [])
    return found


def note_findings(turn: Turn, tables: Tables, lead: Lead, view: View, found: Placement) -> None:
    """Add what was found of the lead on the way, and until when that will be so if it waits."""
    found.score, found.value, found.passed_over = view.score, view.value, view.passed_over
    found.value_minor, found.points, found.band = view.value_minor or 0, view.points, view.band
    if found.rep is None and found.needs is not None:
        view.review_by(fades_at_ms(tables, lead, view.points, turn.now_ms))
        view.review_by(lead.missed_until_ms if view.missing else None)
        found.review_at_ms = view.review_at_ms


def view_of(turn: Turn, tables: Tables, lead: Lead) -> View:
    """The lead with its account and market, its worth and points, and the lines that hold."""
    facts = lead.facts
    account = account_of(turn.org, facts)
    country = facts.country or (account.country if account is not None else None)
    market = tables.market_of_country.get(country or "", tables.policy.default_market_id)
    view = View(facts, account, market, lead.missed)
    view.missing = missing(lead, turn.now_ms)
    expected_value(tables, view)
    early = tables.sieve.early(view)
    score(tables, lead, view, early, turn.now_ms)
    holding = tables.sieve.late(early, view.band, view.points)
    was_found = facts.sourced_by_rep_id is not None
    view.lines = tables.lines_of(holding, has_account=account is not None, found_by_rep=was_found)
    line = view.lines.channel
    if line is not None and (
        line.use == "field" or (line.use == "inside_then_field" and lead.channel == "field")
    ):
        view.channel = "field"  # what was qualified stays there
    return view


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
    line = view.lines.channel
    if line is None:
        found = in_pool(turn, tables, lead, view, "inside")
        found.channel_rule = "no channel line matches: inside"
        return found
    found = in_pool(turn, tables, lead, view, view.channel)
    found.channel_rule = line.label
    found.hand_over = line.use == "inside_then_field" and view.channel == "inside"
    return found
