"""A lead's decisions told to a person, one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from router.cli.output.outcome_tables import show
from router.core.explain.explain import People, Story, standing, tell
from router.core.explain.formatting import moment
from router.core.model.assignment import Assignment


def show_lead(decisions: Sequence[Assignment], people: People) -> None:
    """Tell every decision about one lead, oldest first."""
    first, last = decisions[0], decisions[-1]
    count = len(decisions)
    times = "once" if count == 1 else f"{count} times"
    show(f"[bold]Lead {escape(first['lead_id'])}[/bold] was decided {times}.")
    for decision in decisions:
        show(Text())
        _show_story(decision, tell(decision, people))
    show(Text(), f"[bold]{escape(standing(last, people))}[/bold]")


def _show_story(decision: Assignment, story: Story) -> None:
    when = moment(decision["decided_at"])
    show(f"[bold]{decision['sequence']}. {when}: {escape(story.headline)}[/bold]")
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for line in story.lines:
        table.add_row(f"   {line.label}", escape(line.text))
    show(table)
