"""What was decided about a lead, and why, in lines for a person."""

from __future__ import annotations

from collections.abc import Iterator

from rich.markup import escape

from router.cli.trial import Trials
from router.core.decision import Assignment
from router.intake.policy.codes import minor_per_unit


def describe(trials: Trials) -> Iterator[str]:
    """Lines with markup: each lead, its outcome, and what led to it."""
    for trial in trials.trials:
        if not trial.decisions:
            yield f"[bold]{escape(trial.lead_id)}[/bold]: no decision; nothing changes for it"
        for decision in trial.decisions:
            yield from _decision(decision, trials)
    if not trials.trials:
        yield "the file holds no lead"
    elif not trials.rep_ids:
        yield "no roster was given, so nobody could have a lead: add --roster FILE"


def _decision(decision: Assignment, trials: Trials) -> Iterator[str]:
    lead, outcome = escape(decision["lead_id"]), str(decision["outcome"])
    whom = f" to [bold]{escape(decision['rep_id'])}[/bold]" if "rep_id" in decision else ""
    shadow = " (a test: nothing is done)" if decision.get("shadow") else ""
    yield f"[bold]{lead}[/bold]: {outcome}{whom}, reason {decision['reason']}{shadow}"
    for name, text in _facts(decision, trials):
        yield f"  {name:<11}{escape(text)}"


def _facts(decision: Assignment, trials: Trials) -> Iterator[tuple[str, str]]:
    if "rule" in decision:
        yield "rule", decision["rule"]
    if "sales_channel" in decision:
        rule = f" by: {decision['channel_rule']}" if "channel_rule" in decision else ""
        yield "channel", f"{decision['sales_channel']}{rule}"
    places = [
        f"{name} {decision[key]}"  # type: ignore[literal-required]  # keys from this very tuple
        for name, key in (
            ("pool", "pool_id"),
            ("territory", "territory_id"),
            ("account", "account_id"),
        )
        if key in decision
    ]
    if places:
        yield "place", ", ".join(places)
    if "value" in decision:
        yield "value", _value(decision)
    if "score" in decision:
        yield "score", _score(decision)
    yield from _candidates(decision, trials)
    for name, key in (
        ("accept by", "accept_by"),
        ("contact by", "contact_by"),
        ("waits until", "wait_until"),
        ("CRM queue", "crm_queue"),
    ):
        if key in decision:
            yield name, str(decision[key])  # type: ignore[literal-required]  # likewise


def _value(decision: Assignment) -> str:
    value = decision["value"]
    if value.get("known_by") == "unknown":
        return "not known; counts as 0"
    minor = value.get("expected_minor", 0)
    currency = value.get("currency", "")
    return f"{minor / minor_per_unit(currency):,.2f} {currency}, known by {value.get('known_by')}"


def _score(decision: Assignment) -> str:
    score = decision["score"]
    terms = "; ".join(f"{term['points']:+d} {term['rule']}" for term in score["terms"])
    return f"{score['total']} ({score['band']})" + (f": {terms}" if terms else "")


def _candidates(decision: Assignment, trials: Trials) -> Iterator[tuple[str, str]]:
    candidates = decision.get("candidates")
    if not candidates:
        return
    considered, eligible = candidates.get("considered", 0), candidates.get("eligible", 0)
    yield "reps", f"{eligible} of {considered} could have it"
    for reason, mask in candidates.get("excluded", {}).items():
        yield "", f"not {', '.join(_who(int(mask, 16), trials))}: {reason}"
    others = [runner["rep_id"] for runner in candidates.get("runners_up", [])]
    if others:
        yield "next", ", ".join(others)


def _who(mask: int, trials: Trials) -> list[str]:
    return [rep_id for number, rep_id in enumerate(trials.rep_ids) if mask >> number & 1]
