"""What was decided about a lead, and why, in the words of ``explain``."""

from __future__ import annotations

from collections.abc import Iterator

from rich.markup import escape

from router.core.explain.explain import People, tell
from router.core.model.assignment import Assignment
from router.offline.trial import Trials

_OF_A_REAL_LOG = "decided"


def describe(trials: Trials) -> Iterator[str]:
    """Lines with markup: each lead, its outcome, and what led to it."""
    for trial in trials.trials:
        if not trial.decisions:
            yield f"[bold]{escape(trial.lead_id)}[/bold]: no decision; nothing changes for it"
        for decision in trial.decisions:
            yield from _decision(decision, trials.people)
    if not trials.trials:
        yield "the file holds no lead"
    elif not trials.people.numbers:
        yield "no roster was given, so nobody could have a lead: add --roster FILE"


def _decision(decision: Assignment, people: People) -> Iterator[str]:
    story = tell(decision, people)
    yield f"[bold]{escape(decision['lead_id'])}: {escape(story.headline)}[/bold]"
    for line in story.lines:
        if line.label != _OF_A_REAL_LOG:
            yield f"   {line.label:<14}{escape(line.text)}"
