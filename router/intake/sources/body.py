"""The bytes of a request or a record as JSON: JSON itself, a form, or a table."""

from __future__ import annotations

import csv
import io
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from router.intake.contract.dead_letter import DeadLetterReason
from router.intake.sources.found import Arrival
from router.intake.wire.forgiving_json import read_forgiving
from router.intake.wire.refusal import Rejected

FIELDS_MAX = 1_000
ROWS_MAX = 10_000

_decode = msgspec.json.Decoder().decode


def read_body(arrival: Arrival) -> Any:
    """Return what ``arrival`` holds, or Rejected."""
    kind = arrival.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data" or (not kind and arrival.body.startswith(b"--")):
        return _read_multipart(arrival)
    if kind == "application/x-www-form-urlencoded":
        return _read_form(arrival.body)
    if kind == "text/csv":
        return _read_table(arrival.body)
    return read_json(arrival.body)


def read_json(value: bytes) -> Any:
    """The JSON in ``value``, read forgivingly where it is not strict; or Rejected."""
    try:
        return _decode(value)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        pass
    try:
        return read_forgiving(value)
    except ValueError:
        return Rejected(DeadLetterReason.NOT_JSON, "the body is not JSON")
    except RecursionError:
        return Rejected(DeadLetterReason.TOO_DEEP, "objects or lists are nested too deeply")


def _read_form(body: bytes) -> Any:
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), max_num_fields=FIELDS_MAX)
    except ValueError:
        return Rejected(DeadLetterReason.TOO_MANY_FIELDS, "the form has too many fields")
    return dict(reversed(pairs))  # the first of a name counts


def _read_multipart(arrival: Arrival) -> Any:
    """The fields of a form; files in it are left out."""
    head = arrival.headers.get("content-type", "").encode("utf-8", "replace")
    if not head:
        boundary = arrival.body.partition(b"\n")[0].strip().removeprefix(b"--")
        head = b'multipart/form-data; boundary="' + boundary + b'"'
    head = head.replace(b"\r", b"").replace(b"\n", b"")
    whole: Message = BytesParser(policy=compat32).parsebytes(
        b"content-type: " + head + b"\r\n\r\n" + arrival.body
    )
    parts = whole.get_payload()
    if not isinstance(parts, list):
        return Rejected(DeadLetterReason.NOT_JSON, "the body is no multipart form")
    if len(parts) > FIELDS_MAX:
        return Rejected(DeadLetterReason.TOO_MANY_FIELDS, "the form has too many fields")
    found: dict[str, str] = {}
    for part in parts:
        if not isinstance(part, Message) or part.get_filename():
            continue
        name = part.get_param("name", header="content-disposition")
        payload = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(payload, bytes):
            found.setdefault(name, payload.decode("utf-8", "replace"))
    return found


def _read_table(body: bytes) -> Any:
    rows = csv.reader(io.StringIO(body.decode("utf-8-sig", "replace")))
    try:
        header = [name.strip() for name in next(rows, [])]
        if len(header) > FIELDS_MAX:
            return Rejected(DeadLetterReason.TOO_MANY_FIELDS, "the table has too many columns")
        found: list[dict[str, str]] = []
        for row in rows:
            if len(found) == ROWS_MAX:
                return Rejected(DeadLetterReason.TOO_LARGE, "the table has too many rows")
            found.append(dict(zip(header, row, strict=False)))
    except csv.Error:
        return Rejected(DeadLetterReason.NOT_JSON, "the body is no table that can be read")
    return found
