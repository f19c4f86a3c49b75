"""How a router may end, by what struck it: any other end is a defect that a restart would hide.

``lead-router run`` says of itself: it ends in good order when it is told to (0), and with 1, saying
why in one line, when going on would be wrong, which no fault here is a reason for. Restarts heal
nearly everything, so that a fault test which only looks at the outcome cannot tell a crash from a
recovery.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.faults.plan import Kind

DEFECT = re.compile("a defect, or lack of memory")
"""What a router says of an error that nobody has thought of."""

BEGUN = "roles.started"


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of one process. ``code`` None: it did not end when it should have."""

    router: str
    code: int | None
    struck_by: frozenset[Kind]
    log: str

    @property
    def reason(self) -> str:
        """The line in which it tells of a defect, or else the last that it said."""
        lines = [line for line in self.log.splitlines() if line.strip()]
        defects = [line for line in lines if DEFECT.search(line)]
        return (defects or lines or ["(it said nothing)"])[-1]

    def __str__(self) -> str:
        by = ", ".join(sorted(self.struck_by)) or "nothing"
        return f"{self.router}, struck by {by}, ended with {self.code}: {self.reason}"


def is_documented(ending: Ending) -> bool:
    """Whether one of the faults that struck the process explains its end."""
    code, struck_by = ending.code, ending.struck_by
    if code == 0:
        return Kind.TERMINATE in struck_by
    if code == -signal.SIGTERM:  # before Python could take the signal
        return Kind.TERMINATE in struck_by and BEGUN not in ending.log
    return code == -signal.SIGKILL and Kind.KILL in struck_by


def complaints(endings: Iterable[Ending], directory: Path) -> Iterator[str]:
    """What no fault explains: ends, and defects that the logs in ``directory`` speak of."""
    for ending in endings:
        if not is_documented(ending):
            yield str(ending)
    for path in sorted(directory.glob("*.log")):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            if DEFECT.search(line):
                yield f"{path.name}: {line}"
