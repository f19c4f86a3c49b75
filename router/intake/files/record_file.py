"""Files of records: read by their format, checked by what intake itself would say of them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from router.core.explain.messages import READ_PROBLEMS
from router.intake.files.problems import FileProblem, Problems, Spot
from router.intake.files.tables import Columns, Filed, read_table
from router.intake.records.admit import admit
from router.intake.records.context import IntakeContext
from router.intake.wire.cloudevents import TopicRole
from router.intake.wire.documents import check_names, read_json_lines, read_json_list
from router.intake.wire.refusal import Rejected

Format = Literal["csv", "json", "jsonl"]

FORMAT_OF_SUFFIX: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}

PROBLEMS_MAX = 1_000_000
"""Of a file that a person exported; more lines have none."""

encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class RecordFile:
    """The good records of a file in its order, and everything that is wrong with it."""

    records: tuple[Filed, ...]
    problems: tuple[FileProblem, ...]

    @property
    def has_errors(self) -> bool:
        """Whether any problem is an error."""
        return any(problem.severity == "error" for problem in self.problems)


def read_file(
    text: str,
    file_format: Format,
    columns: Columns,
    known: frozenset[str],
    problems: Problems,
    *,
    ignore_unknown: bool = False,
) -> Iterator[Filed]:
    """Yield the records of ``text``; ``known`` are the fields of the contract."""
    if file_format == "csv":
        yield from read_table(lines_of(text), columns, problems, ignore_unknown=ignore_unknown)
        return
    found = (
        read_json_list(text, problems)
        if file_format == "json"
        else read_json_lines(lines_of(text), problems)
    )
    for filed in found:
        check_names(filed, known, problems)
        yield filed


def lines_of(text: str) -> Iterable[str]:
    """Its lines by CR and LF only: other separators may stand inside a value."""
    return io.StringIO(text, newline="")


def refused(
    filed: Filed, role: TopicRole, context: IntakeContext, now_ms: int, problems: Problems
) -> bool:
    """Whether the record cannot be sent; why intake would refuse it goes to ``problems``."""
    answer = admit(role, None, None, encode(filed.record), (), now_ms, context)
    if isinstance(answer, Rejected):
        problems.error(Spot(filed.line, 1), "", answer.detail)
        return True
    for each in answer.warnings:
        message = f"`{each.field}` {READ_PROBLEMS[each.problem]}"
        problems.warn(Spot(filed.line, 1), each.field, message)
    return not filed.whole


def check_ids(
    records: list[Filed], name: str, problems: Problems, *, what: str
) -> dict[str, Filed]:
    """The records by id; missing and repeated ids are problems."""
    by_id: dict[str, Filed] = {}
    for filed in records:
        record_id = _text(filed.record.get(name))
        if not record_id:
            problems.error(Spot(filed.line, 1), name, f"this {what} has no `{name}`")
        elif record_id in by_id:
            first = by_id[record_id].line
            message = f"`{record_id}` stands in line {first} already: each {what} has one {name}"
            problems.error(Spot(filed.line, 1), name, message)
        else:
            by_id[record_id] = filed
    return by_id


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
