"""The journal takes an event back whole, or up to a mark."""

from __future__ import annotations

from router.core.model.events import Facts
from router.core.model.lead import Lead
from router.core.state.journal import Journal


def edited(journal: Journal, lead: Lead, points: int) -> None:
    journal.edit(lead)
    lead.points = points


def test_a_lead_edited_before_and_behind_a_mark_goes_back_to_the_mark_then_to_the_start():
    journal, lead = Journal(), Lead("l-1", Facts(), 0, 0, 0, ())
    edited(journal, lead, 1)
    edited(journal, lead, 2)
    mark = journal.mark()
    edited(journal, lead, 3)
    edited(journal, lead, 4)
    journal.unwind(mark)
    assert lead.points == 2
    edited(journal, lead, 5)
    journal.unwind()
    assert lead.points == 0


def test_a_lead_edited_in_one_event_is_remembered_anew_in_the_next():
    journal, lead = Journal(), Lead("l-1", Facts(), 0, 0, 0, ())
    edited(journal, lead, 1)
    journal.keep()
    edited(journal, lead, 2)
    journal.unwind()
    assert lead.points == 1
