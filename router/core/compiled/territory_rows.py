"""Territories by how closely they name a lead: what matched counts, not all that is listed.

Of ``a: {postal_code: [123*, 9*]}`` and ``b: {postal_code: [12*]}`` the first is closer to 123456,
because three digits matched, and the second to 129999. So a test that can match more or less
closely has a bit for each length of its entries, beside the territory's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from router.core.compiled.condition_index import ConditionIndex
from router.core.model.policy import Territory, Test

WHOLE_LENGTH = 1_000
"""A whole value is closer than any start of it."""

Lengths = tuple[tuple[int, int], ...]
"""(bit, length) of each way in which a test can match, the closest first."""


@dataclass(slots=True)
class TerritoryRow:
    """A territory with what is the same for every lead, and what depends on the lead."""

    territory_id: str
    bit: int
    fields: int
    in_market: bool
    length: int
    varying: tuple[Lengths, ...]

    def closeness(self, holding: int) -> tuple[int, bool, int]:
        """Return how closely it names a lead of these conditions: fields, market, characters."""
        length = self.length
        for lengths in self.varying:
            length += next((length for bit, length in lengths if holding & bit), 0)
        return self.fields, self.in_market, length


def territory_rows(territories: Sequence[Territory], index: ConditionIndex) -> list[TerritoryRow]:
    """Return a row for each territory, in their order; its conditions are added to ``index``.

    Raises:
        KeyError: a test names a field that does not exist.
    """
    return [_row(territory, index) for territory in territories]


def _row(territory: Territory, index: ConditionIndex) -> TerritoryRow:
    length, varying = 0, []
    for test in territory.when:
        by_length = entries_by_length(test)
        if len(by_length) == 1:
            length += by_length[0][0]
        else:
            varying.append(tuple((index.add((entries,)), each) for each, entries in by_length))
    return TerritoryRow(
        territory_id=territory.territory_id,
        bit=index.add(territory.when, market_id=territory.market_id),
        fields=len(territory.when),
        in_market=territory.market_id is not None,
        length=length,
        varying=tuple(varying),
    )


def entries_by_length(test: Test) -> list[tuple[int, Test]]:
    """Return the entries of a test that match equally closely, with their length, closest first."""
    found = []
    if test.values or test.ranges or not test.prefixes:
        found.append((WHOLE_LENGTH, Test(test.field, test.values, (), test.ranges)))
    for length in sorted({len(prefix) for prefix in test.prefixes}, reverse=True):
        starts = tuple(prefix for prefix in test.prefixes if len(prefix) == length)
        found.append((length, Test(test.field, (), starts)))
    return found


def closest_first(rows: Sequence[TerritoryRow], holding: int) -> tuple[str, ...]:
    """Return the territories whose conditions hold; of two as close, the first in the file."""
    held = [row for row in rows if holding & row.bit]
    held.sort(key=lambda row: row.closeness(holding), reverse=True)
    return tuple(row.territory_id for row in held)
