"""Territories that two of a file share, and those that no lead can ever come to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from router.core.compiled.territory_rows import entries_by_length
from router.core.model.policy import Territory

Entries = frozenset[tuple[int, object]]
"""A name in a test: (length of the match, value, start or range)."""


def shared_territories(territories: Sequence[Territory]) -> Iterator[tuple[str, str]]:
    """Yield (territory, warning) for each that an earlier one takes leads of, as close as it is.

    Closer ones inside it are no overlap: ``12*`` beside ``123*`` is how patches are nested.
    """
    listed = [(territory, _entries(territory)) for territory in territories]
    for place, (territory, entries) in enumerate(listed):
        for earlier, others in listed[:place]:
            if earlier.market_id != territory.market_id or others.keys() != entries.keys():
                continue
            name, first = territory.territory_id, earlier.territory_id
            if all(entries[field] <= others[field] for field in entries):
                yield name, f"no lead comes to `{name}`: `{first}` before it takes all of them"
                break
            common = {field: entries[field] & others[field] for field in entries}
            if all(common.values()):
                where = ", ".join(f"{field}: {_written(common[field])}" for field in common)
                message = f"`{first}` and `{name}` share leads ({where}): `{first}` takes them"
                yield name, message


def _entries(territory: Territory) -> dict[str, Entries]:
    return {
        test.field: frozenset(
            (length, entry)
            for length, entries in entries_by_length(test)
            for entry in (*entries.values, *entries.prefixes, *entries.ranges)
        )
        for test in territory.when
    }


def _written(entries: Entries) -> str:
    """The first of them, as the policy writes it."""
    length, entry = min(entries, key=str)
    if isinstance(entry, tuple):
        low, high = entry
        return f"{'' if low is None else low}-{'' if high is None else high}"
    return f"{entry}*" if len(str(entry)) == length else str(entry)
