"""Which decision core the measured processes run: the compiled one, or the plain sources."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from router.core_form import CoreForm
from tests.bench.processes import REPOSITORY, FellShortError, Worker

COMPILED = REPOSITORY / "build" / "compiled"
_SCRIPT = REPOSITORY / "deploy" / "compile_core.py"
_SAID = re.compile(r"\bcore[\"=: ]+(compiled|plain)\b")


def core_at_hand() -> CoreForm:
    """``compiled`` if ``make compiled`` has been called since the sources changed."""
    checked = subprocess.run([sys.executable, _SCRIPT, "--check", COMPILED], check=False)
    return "compiled" if checked.returncode == 0 else "plain"


def import_path(core: CoreForm) -> dict[str, str]:
    """The environment in which Python imports this core, and never the working directory's."""
    folders = [COMPILED, REPOSITORY] if core == "compiled" else [REPOSITORY]
    return {"PYTHONSAFEPATH": "1", "PYTHONPATH": os.pathsep.join(map(str, folders))}


def core_figure(worker: Worker, expected: CoreForm) -> dict[str, float]:
    """``core_compiled`` (1 or 0), from what the process itself has said in its log.

    Raises:
        FellShortError: it says nothing, or runs another core than it was to run.
    """
    said = _SAID.search(worker.log.read_text(encoding="utf-8", errors="replace"))
    actual = said.group(1) if said else "no"
    if actual != expected:
        raise FellShortError(f"{worker.name} ran {actual} core, not the {expected}: {worker.log}")
    return {"core_compiled": float(actual == "compiled")}
