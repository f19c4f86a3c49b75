"""All conditions of a policy answered at once: one bit each.

A ``when`` holds if each of its tests does, and a test looks at one field. So every field has, for
each value it can take, the mask of conditions that do not fail by it; the conditions that hold are
the ``&`` of the fields' masks. A lead costs one look-up a field, however many lines the policy has.
Method: bit vectors as in packet classification (Lakshman and Stiliadis, SIGCOMM 1998).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from router.core.compiled.conditions import (
    Getter,
    ValueTest,
    compile_test,
    fact_of_field,
    lead_field,
)
from router.core.compiled.view import View
from router.core.model.events import Facts
from router.core.model.policy import Test, When

KNOWN_MAX = 4_096
"""Values of one field whose mask is remembered."""

_LATE = ("band", "score")  # known only once the score is
_MAPS_AND_LISTS = (
    "preferred_windows", "utc_offset_steps", "scores", "custom", "external_ids",
)  # fmt: skip
_OF_THE_LEAD_ALONE = {"band": None, "score": 0}  # what the score's own lines see of them

Tests = list[tuple[int, ValueTest]]


class FieldMasks:
    """One field: the conditions that do not fail by it, for each of its values."""

    __slots__ = ("_all", "_tests", "known")

    def __init__(self, tests: Tests, all_bits: int) -> None:
        """``tests`` are (bit of the condition, test of the field's value)."""
        self._tests = tests
        self._all = all_bits
        self.known: dict[Any, int] = {}

    def ask(self, value: Any) -> int:
        """Put every test to the value."""
        mask = self._all
        for bit, fits in self._tests:
            if not fits(value):
                mask &= ~bit
        return mask

    def learn(self, value: Any) -> int:
        """The same, remembered for the next lead with it."""
        mask = self.ask(value)
        if len(self.known) >= KNOWN_MAX:
            self.known.clear()
        self.known[value] = mask
        return mask

    def of(self, value: Any) -> int:
        """The mask of a value of any kind: 1, 1.0 and true are equal as keys, but not alike."""
        if value is not None and value.__class__ is not str and value.__class__ is not int:
            return self.ask(value)
        found = self.known.get(value)
        return self.learn(value) if found is None else found


class ConditionIndex:
    """The conditions that are asked of every lead."""

    def __init__(self) -> None:
        """Add conditions, then :meth:`close` it."""
        self._count = 0
        self._never = 0
        self._tests: dict[str, Tests] = {}
        self._all = 0
        self._read_facts: Callable[[Facts], tuple[Any, ...]] = lambda _: ()
        self._facts: list[FieldMasks] = []
        self._others: list[tuple[Getter, FieldMasks]] = []
        self._markets = self._values = self._bands = self._points = FieldMasks([], 0)

    def add(self, when: When, *, market_id: str | None = None, before_score: bool = False) -> int:
        """Take in a condition, and return its bit.

        ``market_id`` is a market that the lead must be in as well; ``before_score`` says that the
        answer is wanted while neither points nor band are known.

        Raises:
            KeyError: a test names a field that does not exist.
        """
        bit = 1 << self._count
        self._count += 1
        if market_id is not None:
            self._tests.setdefault("market", []).append((bit, lambda market: market == market_id))
        for test in when:
            self._add_test(bit, test, before_score=before_score)
        return bit

    def _add_test(self, bit: int, test: Test, *, before_score: bool) -> None:
        lead_field(test.field)
        fits = compile_test(test)
        if not before_score or test.field not in _LATE:
            self._tests.setdefault(test.field, []).append((bit, fits))
        elif not fits(_OF_THE_LEAD_ALONE[test.field]):
            self._never |= bit

    def close(self) -> ConditionIndex:
        """No more conditions: make the fields' tables."""
        self._all = (1 << self._count) - 1 & ~self._never
        masks = {name: FieldMasks(tests, self._all) for name, tests in self._tests.items()}
        nothing = FieldMasks([], self._all)
        self._markets, self._values = masks.pop("market", nothing), masks.pop("value", nothing)
        self._bands, self._points = masks.pop("band", nothing), masks.pop("score", nothing)
        facts = {
            fact: masks.pop(name)
            for name in list(masks)
            if (fact := fact_of_field(name)) is not None and fact not in _MAPS_AND_LISTS
        }
        self._facts = list(facts.values())
        self._read_facts = _reader(list(facts))
        self._others = [(lead_field(name), field) for name, field in masks.items()]
        return self

    def early(self, view: View) -> int:
        """The conditions that hold as far as they do not ask for points or band."""
        mask = self._markets.of(view.market) & self._values.of(view.value_minor)
        for field, value in zip(self._facts, self._read_facts(view.facts)):  # noqa: B905  # equal by construction; strict costs
            found = field.known.get(value)  # a fact is of one kind, so its values may be keys
            mask &= field.learn(value) if found is None else found
        for get, other in self._others:
            mask &= other.of(get(view))
        return mask

    def late(self, early: int, band: str | None, points: int) -> int:
        """Of those, the ones that hold with these points too."""
        return early & self._bands.of(band) & self._points.of(points)


def _reader(facts: Sequence[str]) -> Callable[[Facts], tuple[Any, ...]]:
    """One call that reads all the facts, which is faster than one a fact."""
    if len(facts) > 1:
        return attrgetter(*facts)
    if not facts:
        return lambda _: ()
    get = attrgetter(facts[0])
    return lambda of: (get(of),)
