"""The decision on a page: where a lead belongs, and making it true.

`find_owner` looks and changes nothing: whoever only wants to know asks it too (a handoff, a shadow,
a lead that waits). `assign` acts. In between there is a `Placement`: an outcome with its reason.

What each event does with the two is in :mod:`router.core.handlers`, what time does in
:mod:`router.core.ticks`.
"""

from __future__ import annotations

from typing import Final

from router.core.assign.apply import ENDINGS, charge_winner, end, give, remember, take_over
from router.core.assign.prices import learn
from router.core.assign.waiting.backlog import wait
from router.core.assign.waiting.pending_owners import stop_awaiting
from router.core.assign.waiting.room import leave
from router.core.model.assignment import Outcome, Reason
from router.core.model.lead import Lead
from router.core.model.placement import Placement
from router.core.model.rep import Rep
from router.core.search.best import by_channel
from router.core.search.rules import first_answer, held_for_consent, kept_from_rotation
from router.core.search.stand_ins import Told
from router.core.search.view import note_findings, view_of
from router.core.state.context import Context
from router.core.state.waiting_class import UNKNOWN

# Read for every lead: compiled, a constant costs nothing, an enum's member a search by name.
_QUEUED: Final = Outcome.QUEUED


def find_owner(context: Context, lead: Lead, *, paced: bool = False) -> Placement:
    """Return where the lead belongs now, and why. Changes nothing: :func:`assign` makes it true.

    ``paced``: not to a rep who has leads to accept first.
    """
    compiled = context.compiled
    if compiled is None:
        return Placement(_QUEUED, Reason.NO_POLICY, needs=UNKNOWN)
    view = view_of(
        context, compiled, lead
    )  # account, market, worth, score, the policy's lines that hold
    view.paced = paced
    found = (
        # Nobody may have it while nobody knows whether its person refuses.
        held_for_consent(context, compiled, lead, view)
        # The same person again, found by a rep, the account's owner, too small: as the policy asks.
        or first_answer(context, compiled, lead, view)
        # A throw-away address takes nobody's turn; the rest of a burst is held for a look.
        or kept_from_rotation(context, compiled, lead, view)
        # Field or inside, by the policy's line or by what it earns there; territory and pool; who
        # may have it, one reason for each who may not; the fair pick. Nobody: the policy's next
        # steps, then a place in the backlog, or nurture.
        or by_channel(context, compiled, lead, view)
    )
    if view.account is not None:
        found.account_id = view.account.account_id
    note_findings(context, compiled, lead, view, found)
    return found


def assign(
    context: Context,
    lead: Lead,
    placement: Placement,
    *,
    cause: Reason | None = None,
    outcome: Outcome | None = None,
    previous: Rep | None = None,
    notify: Told | None = None,
    timed: bool = True,
) -> None:
    """Make ``placement`` true and publish it. The lead holds no rep's capacity before.

    ``cause`` stands as the reason instead of the placement's (why it had to be placed again);
    ``outcome`` replaces ``assigned``; ``previous`` is the rep who had it; ``notify`` is told of an
    end; ``timed`` starts clocks.
    """
    if lead.awaits is not None:
        stop_awaiting(context, lead)
    if placement.bids is not None:
        learn(context, lead, placement)
    if placement.score is not None:
        remember(context, lead, placement)
    if placement.outcome is _QUEUED:
        wait(context, lead, placement, cause=cause, previous=previous)
        return
    leave(context, lead)
    take_over(context, lead, placement)
    charge_winner(context, placement)
    if placement.outcome in ENDINGS:
        end(context, lead, placement, previous=previous, notify=notify)
    else:
        give(context, lead, placement, cause=cause, outcome=outcome, previous=previous, timed=timed)
