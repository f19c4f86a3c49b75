"""Reps by their names, for files of a CRM that name owners so."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from router.cli.files import format_of, read_text, show_problems
from router.errors import LeadRouterError
from router.intake.files.roster_file import read_roster
from router.intake.files.tables import letters_of
from router.intake.records.context import IntakeContext
from router.settings import Settings


def rep_names(path: Path) -> Mapping[str, str | None]:
    """The rep_id of each name of a roster, by its letters; None where several have it.

    Raises:
        LeadRouterError: the roster cannot be used; its problems are on standard error.
    """
    now_ms = time.time_ns() // 1_000_000
    found = read_roster(read_text(path), format_of(path), IntakeContext.of(Settings()), now_ms)
    if found.has_errors:
        show_problems(path, found.problems)
        raise LeadRouterError(f"{path} cannot be used: mend the errors above")
    names: dict[str, str | None] = {}
    for filed in found.records:
        rep_id, name = str(filed.record["rep_id"]).strip(), str(filed.record.get("name") or "")
        named = letters_of(name)
        if named:
            names[named] = None if named in names else rep_id
    return names
