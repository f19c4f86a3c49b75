"""A report on a vendor's records, field by field; values are not shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.markup import escape

from router.offline.source_trial import RecordFate

_LEFT_SHOWN = 12


def describe_fates(fates: Sequence[RecordFate]) -> Iterator[str]:
    """Lines with markup: each record, its fields, what is left out and what goes on."""
    if not fates:
        yield "nothing in it tells of a lead"
    for number, fate in enumerate(fates, 1):
        of = f"{number} of {len(fates)}: " if len(fates) > 1 else ""
        yield f"[bold]{of}{escape(_headline(fate))}[/bold]"
        if fate.refused is not None:
            yield f"   {'why':<14}{escape(fate.refused)}"
        for each in fate.fields:
            came = each.source or "a constant"
            said = f"[yellow]{escape(each.problem)}[/yellow]" if each.problem else "read"
            yield f"   {escape(each.target):<28}{escape(came)}: {said}"
        if fate.not_mapped:
            shown = ", ".join(fate.not_mapped[:_LEFT_SHOWN])
            more = len(fate.not_mapped) - _LEFT_SHOWN
            yield f"   {'not mapped':<28}{escape(shown)}{f' and {more} more' if more > 0 else ''}"
        if fate.goes_on is not None and isinstance(facts := fate.goes_on.get("facts"), dict):
            known = ", ".join(sorted(name for name, value in facts.items() if value is not None))
            yield f"   {'known of the lead':<28}{escape(known or 'nothing')}"


def _headline(fate: RecordFate) -> str:
    if fate.goes_to == "refused":
        return "refused"
    if fate.goes_to == "fetch":
        return "to be fetched"
    return f"{fate.goes_to}: {fate.event_type} {fate.lead_id}"
