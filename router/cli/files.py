"""Files that people give to commands: read within bounds, their problems shown by line."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
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
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_text(path: Path, *, encoding: str | None = None, bytes_max: int = TEXT_BYTES_MAX) -> str:
    """The text of a file, without a byte order mark.

    Raises:
        UsageError: it cannot be read, is too large, or holds bytes that are not of its encoding.
    """
    text, problems = decoded(path, encoding=encoding, bytes_max=bytes_max)
    if problems:
        first = problems[0]
        more = f" (and in {count_of(len(problems) - 1, 'more line')})" if len(problems) > 1 else ""
        raise UsageError(f"{path}:{first.line}:{first.column}: {first.message}{more}")
    return text


def decoded(
    path: Path, *, encoding: str | None = None, bytes_max: int = TEXT_BYTES_MAX
) -> tuple[str, list[FileProblem]]:
    """The text of a file, and each line of it that holds bytes which are not of its encoding.

    Raises:
        UsageError: it cannot be read or is too large, or there is no such encoding.
    """
    try:
        if path.stat().st_size > bytes_max:
            raise UsageError(f"{path} is larger than {bytes_max:,} bytes: split it")
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from None
    if encoding is None:
        encoding = "utf-16" if content.startswith(_UTF_16) else "utf-8-sig"
    try:
        return content.decode(encoding), []
    except UnicodeDecodeError as error:
        text = content.decode(encoding, "replace")
        message = (
            f"the bytes are not {encoding} from {error.start + 1:,} on: save the file as UTF-8"
        )
        return text, list(_undecoded(content, encoding)) or [FileProblem(1, 1, "", message)]
    except LookupError:
        raise UsageError(f"there is no encoding {encoding}: write cp1252, latin-1, utf-8") from None


def _undecoded(content: bytes, encoding: str) -> Iterator[FileProblem]:
    name = encoding.removesuffix("-sig").upper()
    for place, line in enumerate(content.split(b"\n"), 1):
        try:
            line.decode(encoding)
        except UnicodeDecodeError as error:
            column = len(line[: error.start].decode(encoding, "replace")) + 1
            byte = f"the byte 0x{line[error.start]:02X} is not {name}"
            message = f"{byte}: save it as UTF-8, or say --encoding cp1252 (Windows) or latin-1"
            yield FileProblem(place, column, "", message)


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
