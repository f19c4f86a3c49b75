"""A vendor's body read as the router would, and who would get its leads: no broker, no effect."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from router.core.explain.messages import READ_PROBLEMS
from router.intake.field_map.paths import read_path
from router.intake.records.admit import Admitted, admit
from router.intake.records.context import IntakeContext
from router.intake.sources.found import Arrival, Fetch
from router.intake.sources.source import Reading, Source, SourceRecord
from router.intake.wire.codec import encode_json
from router.intake.wire.refusal import Rejected

_LEAVES_MAX = 200


@dataclass(frozen=True, slots=True)
class FieldFate:
    """The outcome of one field: ``source`` is the path that held it, "" for a constant."""

    target: str
    source: str
    problem: str | None


@dataclass(frozen=True, slots=True)
class RecordFate:
    """The outcome of one record of a body.

    ``goes_to`` names the topic's role, ``fetch`` where the vendor sent an id only. ``goes_on`` is
    the inbox record, which holds no readable personal data.
    """

    goes_to: str
    lead_id: str | None = None
    event_type: str | None = None
    fields: tuple[FieldFate, ...] = ()
    not_mapped: tuple[str, ...] = ()
    refused: str | None = None
    goes_on: dict[str, Any] | None = None
    record: dict[str, Any] | None = None


def try_source(source: Source, arrival: Arrival, context: IntakeContext) -> list[RecordFate]:
    """Return what ``source`` makes of ``arrival``, record by record."""
    return [_fate(source, each, arrival, context) for each in source.read(arrival)]


def _fate(source: Source, reading: Reading, arrival: Arrival, context: IntakeContext) -> RecordFate:
    if isinstance(reading, Rejected):
        return RecordFate("refused", refused=f"{reading.reason}: {reading.detail}")
    if isinstance(reading, Fetch):
        said = f"only the id of a {reading.object_type} was sent, which is to be fetched"
        return RecordFate("fetch", refused=said)
    record = reading.record
    fields, left = _mapped(source, reading)
    types = (record.get(f"{kind}_type") for kind in ("event", "feedback", "activity"))
    fate = RecordFate(
        reading.role,
        lead_id=record.get("lead_id"),
        event_type=next((each for each in types if each), None),
        fields=fields,
        not_mapped=left,
    )
    return fate if reading.role == "activity" else _admitted(fate, reading, arrival, context)


def _admitted(
    fate: RecordFate, reading: SourceRecord, arrival: Arrival, context: IntakeContext
) -> RecordFate:
    """The fate of a record that intake reads; what it cannot read is told by field."""
    value = encode_json(reading.record)
    answer = admit(reading.role, None, None, value, (), arrival.received_ms, context)
    if not isinstance(answer, Admitted):
        return replace(fate, refused=f"{answer.reason}: {answer.detail}")
    problems = {each.field: READ_PROBLEMS[each.problem] for each in answer.warnings}
    fields = tuple(replace(each, problem=_problem(each.target, problems)) for each in fate.fields)
    goes_on = msgspec.json.decode(answer.value)
    return replace(fate, fields=fields, goes_on=goes_on, record=reading.record)


def _problem(target: str, problems: dict[str, str]) -> str | None:
    """The problem of a field, which may be told of the whole that it is a part of."""
    named = [name for name in problems if name == target or target.startswith(f"{name}.")]
    return problems[named[0]] if named else None


def _mapped(source: Source, reading: SourceRecord) -> tuple[tuple[FieldFate, ...], tuple[str, ...]]:
    """The fields that the map filled, and the paths of the body that it asks nothing of."""
    if reading.body is None:
        return (), ()
    filled = list(source.field_map.fill(reading.body))
    sources = [path for each in filled if (path := read_path(each.source)) is not None]
    used = [path.find(reading.body) for path in sources]
    left = [path for path, value in leaves(reading.body) if not any(value is each for each in used)]
    fates = tuple(FieldFate(each.target, each.source, None) for each in filled)
    return fates, tuple(left[:_LEAVES_MAX])


def leaves(body: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The path of every value in a body, and the value: one and the same under several names."""
    if isinstance(body, dict):
        for key, value in body.items():
            yield from leaves(value, f"{path}.{key}" if path else str(key))
    elif isinstance(body, list):
        for place, value in enumerate(body):
            yield from leaves(value, f"{path}[{place}]")
    elif body is not None and body != "":
        yield path, body
