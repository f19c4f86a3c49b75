"""What the demo prints: who got what and why, sums, one lead explained, and where to look next."""

from __future__ import annotations

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from router.cli.demo.demo_run import DemoRun
from router.cli.output.outcome_tables import by_pool, by_rep, in_words, show, table_of, whole_money
from router.cli.output.story import show_lead
from router.core.model.assignment import Assignment
from router.offline.outcome_counts import OWNED

_NO_OWNER = {
    "queued": "in the backlog",
    "nurtured": "marketing, to nurture",
    "closed": "closed",
}


def show_demo(run: DemoRun, explained: str) -> None:
    """Everything but the heading; ``explained`` is the lead that is told in words."""
    show(_cases(run), _happened_later(run), by_pool(run.tally))
    show(by_rep(run.tally, lambda rep: run.people.names.get(rep, rep), at_most=12))
    show_sums(run)
    show(Text())
    decisions = run.of_lead(explained)
    show_lead(decisions, run.people)
    show(Text())


def _cases(run: DemoRun) -> Table:
    """The leads with a story, as they stood before anything more was heard of them."""
    table = table_of(
        "Some of them: who got it, and why", "lead", "what it is", "who", "why", ">worth"
    )
    first = {decision["event_id"]: decision for decision in reversed(run.decisions)}
    by_lead = {decision["lead_id"]: decision for decision in reversed(run.decisions)}
    refused = {letter.lead_id: letter for letter in run.dead_letters}
    seen: set[str] = set()
    for sent in run.sent:
        if not sent.story or sent.story in seen:
            continue
        seen.add(sent.story)
        decision = by_lead.get(sent.lead_id) if sent.kind == "first" else None
        if sent.kind == "update":
            decision = first.get(_event_id(sent.value))
        if decision is not None:
            table.add_row(*_case(run, sent.lead_id, sent.story, decision))
        elif sent.kind == "repeat":
            table.add_row(sent.lead_id, sent.story, "as before", "known event, ignored", "-")
        elif sent.lead_id in refused:
            reason = in_words(refused[sent.lead_id].reason)
            table.add_row(sent.lead_id, sent.story, "dead letter", reason, "-")
    return table


def _event_id(value: bytes) -> str:
    """The id in an event that the demo wrote itself."""
    return value.split(b'"event_id":"', 1)[1].split(b'"', 1)[0].decode()


def _case(run: DemoRun, lead_id: str, story: str, decision: Assignment) -> tuple[str, ...]:
    value = decision.get("value")
    why = "test, no effect" if decision.get("shadow") else in_words(decision["reason"])
    worth = whole_money(value["expected_minor"], value["currency"]) if value else "-"
    return escape(lead_id), story, escape(who(run, decision)), why, worth


def who(run: DemoRun, decision: Assignment) -> str:
    """Who has the lead after ``decision``, in a few words."""
    outcome, rep_id = decision["outcome"], decision.get("rep_id")
    name = run.people.names.get(rep_id or "", rep_id or "")
    if outcome in OWNED:
        return f"{name}, {decision.get('sales_channel', '')}"
    if outcome == "merged":
        return f"with {decision.get('merged_into')}" + (f" ({name})" if name else "")
    return _NO_OWNER.get(outcome, in_words(outcome))


def _then(run: DemoRun, decision: Assignment) -> str:
    outcome = in_words(decision["outcome"])
    if decision["outcome"] in _NO_OWNER:
        return outcome
    return f"{outcome} to {who(run, decision)}"


def _happened_later(run: DemoRun) -> Table:
    table = table_of("What was heard later", "lead", "what happened", "then", "why")
    last = {decision["lead_id"]: decision for decision in run.decisions}
    for report in run.reports:
        decision = last[report.lead_id]
        why = in_words(decision["reason"])
        table.add_row(report.lead_id, report.story, escape(_then(run, decision)), why)
    return table


def show_sums(run: DemoRun) -> None:
    """One line: what went in equals what came of it."""
    sums = run.sums()
    parts = " + ".join(
        f"{count} {in_words(name).removesuffix('s' if count == 1 else '')}"
        for name, count in sums.items()
        if count
    )
    mark = "[green]✓[/green]" if run.adds_up else "[red]does not add up[/red]"
    show(f"[bold]{len(run.sent)} in = {parts}[/bold] {mark}")
