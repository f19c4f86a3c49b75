"""Long work in slices, gone through without a pause."""

from __future__ import annotations

from typing import TypeVar

from router.board.statistics.slices import Slices

Result = TypeVar("Result")


def at_once(slices: Slices[Result]) -> Result:
    while True:
        try:
            next(slices)
        except StopIteration as done:
            return done.value
