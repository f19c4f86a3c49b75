"""The roles of a process as its health sees them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol


class Part(Protocol):
    """A role that runs in this process; neither property may block."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def awaits(self) -> str | None:
        """What it waits for before it is ready, in one line; None when it is."""
        ...

    @property
    def has_ended(self) -> bool:
        """Whether its work has come to an end."""
        ...


def awaited(parts: Iterable[Part]) -> str | None:
    """What the parts that are not ready wait for, in one line; None when all are."""
    told = dict.fromkeys(why for part in parts if (why := part.awaits) is not None)
    return "; ".join(told) or None
