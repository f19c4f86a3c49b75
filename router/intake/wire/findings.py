"""The values of a record that could not be read: each is named by its field, never shown."""

from __future__ import annotations

from router.core.model.events import ReadProblem, ReadWarning

WARNINGS_MAX = 60
"""More fields than a contract has; a map counts as one."""


class Findings(dict[str, ReadProblem]):
    """Problems by the contract's fields, in the order in which they were found."""

    __slots__ = ()

    def note(self, name: str, problem: ReadProblem) -> None:
        """Name a field of the contract; what was found first stands."""
        if len(self) < WARNINGS_MAX:
            self.setdefault(name, problem)

    def warnings(self) -> tuple[ReadWarning, ...]:
        """All of them, for the inbox record and for whoever brought it."""
        return tuple(ReadWarning(name, problem) for name, problem in self.items())
