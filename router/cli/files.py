"""Files that people give to commands: read within bounds, their problems shown by line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.markup import escape

from router.cli.output.terminal import err
from router.errors import UsageError
from router.intake.files.problems import FileProblem
from router.intake.files.record_file import FORMAT_OF_SUFFIX, Format

TEXT_BYTES_MAX = 64 * 1024 * 1024
_LINE_SHOWN_MAX = 160


def read_text(path: Path, *, bytes_max: int = TEXT_BYTES_MAX) -> str:
    """The text of a UTF-8 file, with or without a byte order mark.

    Raises:
        UsageError: it cannot be read, is too large, or is not UTF-8.
    """
    try:
        if path.stat().st_size > bytes_max:
            raise UsageError(f"{path} is larger than {bytes_max:,} bytes: split it")
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path} is not UTF-8 (byte {error.start + 1}): save it as UTF-8 and try again"
        ) from None


def format_of(path: Path) -> Format:
    """CSV or JSON, by the file's name.

    Raises:
        UsageError: neither.
    """
    found = FORMAT_OF_SUFFIX.get(path.suffix.casefold())
    if found is None:
        endings = ", ".join(FORMAT_OF_SUFFIX)
        raise UsageError(f"{path} is of an unknown format: its name must end in {endings}")
    return found


def show_problems(path: Path, problems: Iterable[FileProblem], text: str | None = None) -> None:
    """Write problems to standard error; with ``text`` the line of each and where in it."""
    lines = text.splitlines() if text is not None else []
    for problem in problems:
        color = "red" if problem.severity == "error" else "yellow"
        where = escape(f"{path}:{problem.line}:{problem.column}:")
        message = f"[{color}]{problem.severity}:[/{color}] {escape(problem.message)}"
        err.print(f"[bold]{where}[/bold] {message}", soft_wrap=True)
        if 0 < problem.line <= len(lines):
            line = lines[problem.line - 1][:_LINE_SHOWN_MAX]
            caret = " " * (min(problem.column, _LINE_SHOWN_MAX) - 1) + "^"
            err.print(f"  {escape(line)}\n  [{color}]{caret}[/{color}]", soft_wrap=True)


def problems_as_json(problems: Iterable[FileProblem]) -> list[dict[str, Any]]:
    """Problems for programs."""
    return [asdict(problem) for problem in problems]


def count_of(number: int, one: str, many: str | None = None) -> str:
    """``1 rep``, ``3 reps``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
