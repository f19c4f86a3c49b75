"""What is wrong with a file, said so that its author knows where and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warning"]

PROBLEMS_MAX = 200
"""More than anyone reads at once; a file that has more is another kind of file."""

MESSAGE_CHARACTERS_MAX = 1_000


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """A place in the text; both count from 1."""

    line: int
    column: int


START = Spot(1, 1)
"""Where a problem of the whole file is shown."""


@dataclass(frozen=True, slots=True)
class FileProblem:
    """One thing to change. ``path`` is like ``channel[2].when.value`` or a column's name.

    A file with an ``error`` cannot be used; with a ``warning`` it can, but hardly as meant.
    """

    line: int
    column: int
    path: str
    message: str
    severity: Severity = "error"

    def __str__(self) -> str:
        """One line for a person."""
        where = f" ({self.path})" if self.path else ""
        kind = "" if self.severity == "error" else "warning: "
        return f"line {self.line}: {kind}{self.message}{where}"


@dataclass(slots=True)
class Problems:
    """Collects all of them, so that an author mends a file in one go."""

    at_most: int = PROBLEMS_MAX
    found: list[FileProblem] = field(default_factory=list)

    def error(self, spot: Spot, path: str, message: str) -> None:
        """Add what cannot work."""
        self._add(FileProblem(spot.line, spot.column, one_line(path), one_line(message)))

    def warn(self, spot: Spot, path: str, message: str) -> None:
        """Add what works but is hardly meant."""
        path, message = one_line(path), one_line(message)
        self._add(FileProblem(spot.line, spot.column, path, message, "warning"))

    def _add(self, problem: FileProblem) -> None:
        if len(self.found) < self.at_most:
            self.found.append(problem)

    @property
    def has_errors(self) -> bool:
        """Whether any of them forbids the policy."""
        return any(problem.severity == "error" for problem in self.found)

    def take(self) -> list[FileProblem]:
        """What was found since the last call."""
        taken, self.found = self.found, []
        return taken

    def in_order(self) -> list[FileProblem]:
        """By place in the text."""
        return sorted(self.found, key=lambda problem: (problem.line, problem.column))


def one_line(text: str) -> str:
    """``text`` as a terminal can show it in one line: it may quote anything a file holds."""
    if not text.isprintable():
        text = "".join(
            each if each.isprintable() else each.encode("unicode_escape").decode() for each in text
        )
    return text if len(text) <= MESSAGE_CHARACTERS_MAX else f"{text[:MESSAGE_CHARACTERS_MAX]}…"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """``"; did you mean X?"`` for a near miss, else nothing."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    near = difflib.get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return f"; did you mean `{by_folded[near[0]]}`?" if near else ""


def listed(names: Iterable[str], *, limit: int = 12) -> str:
    """``a, b, c`` of at most ``limit`` names, or ``none`` of nothing."""
    given = list(names)
    if not given:
        return "none"
    more = f" and {len(given) - limit} more" if len(given) > limit else ""
    return ", ".join(given[:limit]) + more
