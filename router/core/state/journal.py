"""Every change of state goes through here, so that an event can be taken back whole.

An event that raises is unwound: the state is as if it had never been seen. The same journal
knows which entities changed, for one changelog record each; leads, by far the most, are counted
by their own store.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable
from operator import attrgetter
from typing import Any

from router.core.model.lead import LEAD_FIELDS, Lead
from router.core.model.pool import Pool
from router.core.model.rep import LOAD_FIELDS, Load

_lead_values = attrgetter(*LEAD_FIELDS)
_LOAD_STATE = (*LOAD_FIELDS, "unaccepted")
_load_values = attrgetter(*_LOAD_STATE)


def _write_back(entity: Any, names: tuple[str, ...], values: tuple[Any, ...]) -> None:
    for name, value in zip(names, values, strict=True):
        setattr(entity, name, value)


def _put_credits(pool: Pool, credit: list[int]) -> None:
    pool.credits = credit


Store = Any
"""A mapping: a dictionary, or the store of leads."""


def _set_back(mapping: Store, key: Any, value: Any) -> None:
    mapping[key] = value


def _take_away(mapping: Store, key: Any) -> None:
    mapping.pop(key, None)


class Journal:
    """Undo steps of the event in hand, and the entities changed since the last commit."""

    __slots__ = ("_edited", "_undo", "changed", "made")

    def __init__(self) -> None:
        self.made: object = None  # the entity that this event has made, if any
        self._edited: Lead | None = None  # remembered whole, with no mark behind it
        self._undo: list[tuple[Any, ...]] = []
        self.changed: dict[tuple[str, str, str], None] = {}  # (kind, sales_org, id), in order

    def put(self, entity: object, name: str, value: object) -> None:
        """Set a field."""
        if entity is not self.made:
            self._undo.append((setattr, entity, name, getattr(entity, name)))
        setattr(entity, name, value)

    def edit(self, lead: Lead) -> None:
        """Remember every field of a lead at once; then its fields may be set directly.

        Cheaper than :meth:`put` where several fields change, and once will do for all steps of an
        event up to a :meth:`mark`. An entity that this event has made needs no memory: taking the
        event back removes it whole.
        """
        if lead is not self.made and lead is not self._edited:
            self._edited = lead
            self._undo.append((_write_back, lead, LEAD_FIELDS, _lead_values(lead)))

    def edit_load(self, load: Load) -> None:
        """Remember every field of a load at once; then its fields may be set directly."""
        self._undo.append((_write_back, load, _LOAD_STATE, _load_values(load)))

    def put_credits(self, pool: Pool, credit: list[int]) -> None:
        """Set a pool's credits."""
        self._undo.append((_put_credits, pool, pool.credits))
        pool.credits = credit

    def insert(self, mapping: Store, key: Any, value: Any) -> None:
        """Set a key of a mapping, new or not."""
        if key in mapping:
            self._undo.append((_set_back, mapping, key, mapping[key]))
        else:
            self._undo.append((_take_away, mapping, key))
        mapping[key] = value

    def remove(self, mapping: Store, key: Any) -> None:
        """Drop a key of a mapping, if it is there."""
        if key in mapping:
            self._undo.append((_set_back, mapping, key, mapping.pop(key)))

    def enqueue(self, ordered: list[Any], item: object) -> None:
        """Insert into a sorted list."""
        insort(ordered, item)  # type: ignore[type-var, unused-ignore]  # callers keep one item type a list
        self._undo.append((_take_out, ordered, item))

    def dequeue(self, ordered: list[Any], item: object) -> None:
        """Take out of a sorted list, if it is there."""
        if _take_out(ordered, item):
            self._undo.append((insort, ordered, item))

    def on_unwind(self, undo: Callable[..., object], *args: object) -> None:
        """Remember how to take back a change made elsewhere."""
        self._undo.append((undo, *args))

    def touch(self, kind: str, sales_org: str, entity_id: str) -> None:
        """Say that an entity changed; a record of it goes to the changelog."""
        key = (kind, sales_org, entity_id)
        if key not in self.changed:
            self.changed[key] = None
            self._undo.append((_take_away, self.changed, key))

    def keep(self) -> None:
        """The event is done; nothing of it will be taken back."""
        self._undo.clear()
        self.made = self._edited = None

    def mark(self) -> int:
        """Where the event stands now, for :meth:`unwind`."""
        self._edited = None  # as it is now, it is remembered anew
        return len(self._undo)

    def unwind(self, to: int = 0) -> None:
        """Take back everything since ``to`` (the start of the event), the last change first.

        Short of the start, fields of the entity that this event has made keep their values.
        """
        undo = self._undo
        self._edited = None
        while len(undo) > to:
            step, *args = undo.pop()
            step(*args)
        if to == 0:
            self.made = None


def _take_out(ordered: list[Any], item: object) -> bool:
    at = bisect_left(ordered, item)  # type: ignore[type-var, unused-ignore]  # as in enqueue
    if at < len(ordered) and ordered[at] == item:
        del ordered[at]
        return True
    return False
