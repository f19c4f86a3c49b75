"""``lead-router dead-letters export`` and ``send``: mend dead letters in a file."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from rich.markup import escape

from router.cli.commands.operate.dead_letter_selection import (
    First,
    Last,
    Partition,
    Reason,
    Step,
    letters_of,
)
from router.cli.files import count_of, read_text
from router.cli.output.outcome_tables import show
from router.cli.output.terminal import Json, complain, progress, write_json
from router.cli.records import broker_errors
from router.errors import LeadRouterError, UsageError
from router.intake.records.admit import admit
from router.intake.records.context import IntakeContext
from router.intake.sources.admit import admit_raw, refusal_of
from router.intake.sources.configured import configured_sources
from router.intake.wire.refusal import Rejected
from router.kafka.client.clients import Clients
from router.kafka.queries.dead_letter_reader import Letter, Selection, redrive
from router.kafka.topics.topic_names import InputRole, input_topics, topics_of
from router.roles.intake.plan import source_of
from router.settings import Settings

_OWNER_ONLY = 0o600


class Mended(NamedTuple):
    """A line of the file: its number, the place of its letter, and the value to send."""

    line: int
    place: str
    value: bytes


def export(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="Written anew: JSON lines.")],
    *,
    step: Step = None,
    reason: Reason = None,
    partition: Partition = None,
    first: First = None,
    last: Last = None,
    as_json: Json = False,
) -> None:
    """Write dead letters that were not sent again into a file, to be mended and sent.

    One line each: `place`, `reason`, what is wrong, and the `record` as it came: it may be personal
    data, and only you can read the file. Change `record`, leave `place`, then
    `lead-router dead-letters send FILE`. Records that are no text stay out.

    Example: lead-router dead-letters export broken.jsonl --reason invalid_field
    """
    box = letters_of(Selection(None, step, reason, partition, first, last), "export dead letters")
    waiting = [each for each in box.letters if each.place not in box.redriven]
    roles = _roles(Settings())
    lines = [line for each in waiting if (line := _line_of(each, roles)) is not None]
    _write(path, lines)
    if as_json:
        write_json(
            {"file": str(path), "written": len(lines), "left_out": len(waiting) - len(lines)}
        )
        return
    show(f"{count_of(len(lines), 'dead letter')} written to {escape(str(path))}")
    if left_out := len(waiting) - len(lines):
        show(f"{left_out} left out: no text, or not of an input topic")
    if lines:
        show(f"next: mend each `record`, then `lead-router dead-letters send {escape(str(path))}`")


def _roles(settings: Settings) -> dict[str, InputRole | None]:
    """Return the topics whose records senders can mend, and what intake reads in each."""
    by_role = input_topics(settings).items()
    roles: dict[str, InputRole | None] = {name: role for role, names in by_role for name in names}
    return roles | {topics_of(settings).activity: None}  # which the role streams reads


def _line_of(letter: Letter, roles: Container[str]) -> str | None:
    """Return the letter as a line of JSON; None if nothing could be mended in it."""
    mendable = letter.is_addressed and letter.said["topic"] in roles
    if letter.record.value is None or not mendable:
        return None
    try:
        text = letter.record.value.decode()
    except UnicodeDecodeError:
        return None
    said = {name: letter.said.get(name) for name in ("step", "topic", "reason", "detail")}
    return json.dumps({"place": letter.place, **said, "record": _plain(text)}, ensure_ascii=False)


def _plain(text: str) -> Any:
    """Return the text as JSON where it is an object, which is easier to mend than quoted text."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return found if isinstance(found, dict) else text


def _write(path: Path, lines: Iterable[str]) -> None:
    try:
        path.touch(mode=_OWNER_ONLY)
        path.chmod(_OWNER_ONLY)
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from None


def send(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="As `export` wrote it, mended.")],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be sent.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Send mended dead letters to where they came from, and mark them as sent again.

    Each record is checked first, as intake will: if any would be refused, nothing is sent and its
    line is named. Letters that were sent again before are left out. A line that you delete stays a
    dead letter.

    Example: lead-router dead-letters send broken.jsonl --dry-run
    """
    mended = list(_mended_in(path))
    box = letters_of(Selection(), "send mended dead letters")
    known = {each.place: each for each in box.letters}
    settings = Settings()
    refused = [problem for each in mended if (problem := _refusal(each, known, settings))]
    for problem in refused:
        complain(f"{path}:{problem}")
    if refused:
        raise LeadRouterError(f"nothing of {path} is sent: mend the lines above and try again")
    letters = [
        known[each.place].with_value(each.value)
        for each in mended
        if each.place not in box.redriven
    ]
    if letters and not dry_run:
        with progress("sending"), broker_errors(settings, "send mended dead letters"):
            asyncio.run(redrive(Clients(settings.kafka), letters))
    before = len(mended) - len(letters)
    if as_json:
        sent = [each.place for each in letters]
        write_json({"sent": sent, "sent_before": before, "dry_run": dry_run})
        return
    for topic, count in Counter(each.said["topic"] for each in letters).most_common():
        show(f"{count_of(count, 'record')} {'would go' if dry_run else 'sent'} to {escape(topic)}")
    if before or not letters:
        show(f"{count_of(before, 'record')} had been sent again before")


def _mended_in(path: Path) -> Iterator[Mended]:
    """Yield the lines of the file; an object is sent as JSON, a text as it stands."""
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            given = json.loads(line)
            place, record = given["place"], given["record"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise UsageError(
                f"{path}:{number}: must be an object with `place` and `record`, as"
                " `lead-router dead-letters export` writes it"
            ) from None
        text = record if isinstance(record, str) else json.dumps(record, ensure_ascii=False)
        yield Mended(number, str(place), text.encode())


def _refusal(mended: Mended, known: dict[str, Letter], settings: Settings) -> str | None:
    """Return why a mended record cannot be sent; None if it can."""
    letter = known.get(mended.place)
    if letter is None:
        return f"{mended.line}: there is no dead letter at {mended.place}"
    topic, roles = letter.said.get("topic", "?"), _roles(settings)
    if topic not in roles or not letter.is_addressed:
        return f"{mended.line}: {mended.place} is not of an input topic: leave it out"
    role = roles[topic]
    if role is None:
        return None
    now_ms, headers = time.time_ns() // 1_000_000, letter.original_headers
    context = IntakeContext.of(settings)
    name = source_of(role, topic, settings)
    if name is not None:
        source = configured_sources(settings).get(name)
        refused = refusal_of(admit_raw(source, mended.value, headers, now_ms, context))
        return f"{mended.line}: {refused.detail}" if refused is not None else None
    answer = admit(role, None, letter.record.key, mended.value, headers, now_ms, context)
    return f"{mended.line}: {answer.detail}" if isinstance(answer, Rejected) else None
