"""Indexes from a shared value to the entities that have it, the same after a restore.

A key maps to one id, or to a tuple of ids in a fixed order; which of them counts never depends on
the order in which they were indexed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from router.core.state.journal import Journal

Ids = str | tuple[str, ...]
Order = Callable[[str], Any]


def ids_of(mapping: Mapping[Any, Ids], key: object) -> tuple[str, ...]:
    """All ids under ``key``, in order."""
    found = mapping.get(key)
    if found is None:
        return ()
    return (found,) if isinstance(found, str) else found


def add(journal: Journal, mapping: dict[Any, Ids], key: object, new_id: str, order: Order) -> None:
    """Index ``new_id`` under ``key``; ``order`` gives the place of an id among the others."""
    present = ids_of(mapping, key)
    if not present:
        journal.insert(mapping, key, new_id)
    elif order(new_id) > order(present[-1]):  # nearly always: ids come in their order
        journal.insert(mapping, key, (*present, new_id))
    elif new_id not in present:
        journal.insert(mapping, key, tuple(sorted((*present, new_id), key=order)))


def drop(journal: Journal, mapping: dict[Any, Ids], key: object, old_id: str) -> None:
    """Take ``old_id`` from ``key``."""
    rest = tuple(one for one in ids_of(mapping, key) if one != old_id)
    if not rest:
        journal.remove(mapping, key)
    else:
        journal.insert(mapping, key, rest[0] if len(rest) == 1 else rest)
