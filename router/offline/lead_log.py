"""A file of lead events as a log: its lines in the order of `occurred_at`, however long it is."""

from __future__ import annotations

import codecs
import sys
import tempfile
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from router.cli.files import format_of, read_text
from router.errors import UsageError
from router.intake.files.lead_file import LeadDefaults, read_leads
from router.intake.files.problems import FileProblem
from router.intake.files.record_file import encode, lines_of
from router.intake.files.style import PLAIN, Style
from router.intake.files.tables import Filed
from router.intake.records.context import IntakeContext
from router.intake.time.timestamps import exact_ms
from router.intake.wire.refusal import FieldError

STDIN = Path("-")
_SPOOLED_BYTES_MAX = 64 * 1024 * 1024
_FILE_BYTES_MAX = 256 * 1024 * 1024
_END_OF_TIME_MS = 4_102_444_800_000
"""The year 2100: a lead's own time is the clock, so that none lies ahead of it."""


class Entry(NamedTuple):
    """One line: its number from 1, when it happened, and the record."""

    line: int
    at_ms: int
    value: bytes


class _When(msgspec.Struct):
    """All that ordering needs of a record."""

    occurred_at: str = ""


_read_when = msgspec.json.Decoder(_When).decode


class LeadLog:
    """An indexed file; a line whose time cannot be read takes that of the line before it."""

    def __init__(self, file: BinaryIO, problems: Iterable[FileProblem] = ()) -> None:
        """Read through ``file`` once, from its beginning; ``problems`` are lines left out."""
        self.problems = tuple(problems)
        self._file = file
        self._times, self._offsets, self._lines = array("q"), array("q"), array("q")
        self._index()
        self.out_of_order = sum(
            after < before for before, after in zip(self._times, self._times[1:], strict=False)
        )

    def _index(self) -> None:
        offset = 0
        at_ms: int | None = None
        untimed = 0
        for number, line in enumerate(self._file, start=1):
            if number == 1 and line.startswith(codecs.BOM_UTF8):
                offset = len(codecs.BOM_UTF8)
                line = line[offset:]  # noqa: PLW2901 - a mark of the file, and no part of its line
            if line.strip():
                found = _time_of(line)
                at_ms = found if found is not None else at_ms
                untimed += at_ms is None
                self._times.append(at_ms or 0)
                self._offsets.append(offset)
                self._lines.append(number)
            offset += len(line)
        if at_ms is not None:
            first = self._times[untimed]
            self._times[:untimed] = array("q", [first] * untimed)

    def __len__(self) -> int:
        return len(self._times)

    @property
    def start_ms(self) -> int:
        """The earliest time in the file; 0 if no line has one."""
        return min(self._times, default=0)

    @property
    def end_ms(self) -> int:
        """The latest."""
        return max(self._times, default=0)

    def __iter__(self) -> Iterator[Entry]:
        order: Iterable[int] = range(len(self))
        if self.out_of_order:
            order = sorted(order, key=self._times.__getitem__)
        for place in order:
            self._file.seek(self._offsets[place])
            value = self._file.readline().strip()
            yield Entry(self._lines[place], self._times[place], value)


def _time_of(line: bytes) -> int | None:
    try:
        return exact_ms(_read_when(line).occurred_at, "occurred_at")
    except (msgspec.MsgspecError, FieldError, ValueError, RecursionError, IndexError):
        return None


@contextmanager
def open_lead_log(
    path: Path,
    context: IntakeContext,
    now_ms: int,
    *,
    style: Style = PLAIN,
    encoding: str | None = None,
    ignore_unknown: bool = False,
) -> Iterator[LeadLog]:
    """The log of a file of lead events: JSON lines, a JSON list or CSV; ``-`` is JSON lines.

    JSON lines are taken byte for byte, as on the topic, unless it is said how they are written.

    Raises:
        UsageError: it cannot be read, or its name tells no format.
    """
    is_written_otherwise = style != PLAIN or encoding is not None
    if path != STDIN and (format_of(path) != "jsonl" or is_written_otherwise):
        defaults = LeadDefaults(
            now_ms, event_type="submitted", latest_ms=_END_OF_TIME_MS, style=style
        )
        text = read_text(path, encoding=encoding, bytes_max=_FILE_BYTES_MAX)
        found = read_leads(
            lines_of(text), format_of(path), defaults, context, ignore_unknown=ignore_unknown
        )
        with _converted(found) as log:
            yield log
        return
    try:
        with _spooled(sys.stdin.buffer) if path == STDIN else path.open("rb") as file:
            yield LeadLog(file)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from None


def _spooled(source: BinaryIO) -> BinaryIO:
    """What can be read twice."""
    spool = tempfile.SpooledTemporaryFile(max_size=_SPOOLED_BYTES_MAX)  # noqa: SIM115 - the caller's
    for block in iter(lambda: source.read(1 << 20), b""):
        spool.write(block)
    spool.seek(0)
    return spool  # type: ignore[return-value]  # it is one, but for its type


@contextmanager
def _converted(leads: Iterable[Filed | FileProblem]) -> Iterator[LeadLog]:
    """Leads as lines of JSON; lines that cannot be events are told as problems."""
    problems: list[FileProblem] = []
    with tempfile.SpooledTemporaryFile(max_size=_SPOOLED_BYTES_MAX) as spool:
        for found in leads:
            if isinstance(found, FileProblem):
                problems.append(found)
            else:
                spool.write(encode(found.record) + b"\n")
        spool.seek(0)
        yield LeadLog(spool, problems)  # type: ignore[arg-type]  # a binary file but for its type
