"""A sorted collection in pieces, so that a change moves a few hundred items and not all of them."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any, Generic, TypeVar

_PIECE = 512

Item = TypeVar("Item", bound=tuple[Any, ...])


class Ordered(Generic[Item]):
    """Tuples in their order; equal ones may be in it several times."""

    def __init__(self) -> None:
        """Start empty."""
        self._pieces: list[list[Item]] = []
        self._lasts: list[Item] = []  # of each piece, to find the one that is meant
        self._count = 0

    def add(self, item: Item) -> None:
        """Take it to its place."""
        self._count += 1
        if not self._pieces:
            self._pieces.append([])
            self._lasts.append(item)
        at = min(bisect_left(self._lasts, item), len(self._pieces) - 1)
        piece = self._pieces[at]
        insort(piece, item)
        self._lasts[at] = piece[-1]
        if len(piece) > 2 * _PIECE:
            self._pieces[at : at + 1] = [piece[:_PIECE], piece[_PIECE:]]
            self._lasts.insert(at, piece[_PIECE - 1])

    def remove(self, item: Item) -> None:
        """Take one of its like out.

        Raises:
            KeyError: there is none.
        """
        at = bisect_left(self._lasts, item)
        piece = self._pieces[at] if at < len(self._pieces) else []
        place = bisect_left(piece, item)
        if place == len(piece) or piece[place] != item:
            raise KeyError(item)
        del piece[place]
        self._count -= 1
        if piece:
            self._lasts[at] = piece[-1]
        else:
            del self._pieces[at], self._lasts[at]

    def count_before(self, bound: tuple[Any, ...]) -> int:
        """How many sort before ``bound``, which may be shorter than they are."""
        at = bisect_left(self._lasts, bound)
        before = sum(map(len, self._pieces[:at]))
        return before + bisect_left(self._pieces[at], bound) if at < len(self._pieces) else before

    def head(self, count: int) -> list[Item]:
        """The first so many."""
        return list(islice(self, count))

    def __iter__(self) -> Iterator[Item]:
        return chain.from_iterable(self._pieces)

    def __len__(self) -> int:
        return self._count
