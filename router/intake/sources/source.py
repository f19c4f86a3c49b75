"""A source as it is set up: bytes in; leads, activity, feedback, ids to fetch, or reasons out.

Pure, and total for any bytes: whatever arrives makes an answer, and no answer holds a value.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from router.errors import UsageError
from router.intake.contract.dead_letter import DeadLetterReason
from router.intake.field_map.apply import BoundMap
from router.intake.field_map.model import FieldMap
from router.intake.field_map.read import read_field_map
from router.intake.files.lead_columns import STATUS
from router.intake.files.status import has_ended_in_crm
from router.intake.files.style import Style
from router.intake.sources.body import read_body
from router.intake.sources.found import (
    Arrival,
    Fetch,
    Found,
    JsonObject,
    Options,
    SignatureProblem,
    SourceRole,
    Vendor,
)
from router.intake.sources.handshakes import Answer, answer_linkedin, answer_meta
from router.intake.sources.values import time_of
from router.intake.sources.vendors import VENDORS
from router.intake.wire.codec import encode_json
from router.intake.wire.refusal import Rejected
from router.source_settings import SourceKind, SourceSettings

_MAPS = Path(__file__).parent / "maps"
RECORDS_MAX = 10_000
"""In one body; vendors send up to 1,000."""


class SourceRecord(NamedTuple):
    """A record for an input topic: ``leads``, ``lead.activity`` or ``crm.feedback``.

    ``body`` is what the field map read, for whoever wants to see what became of it.
    """

    role: SourceRole
    record: JsonObject
    body: JsonObject | None = None


Reading = SourceRecord | Fetch | Rejected


@dataclass(frozen=True, slots=True)
class Source:
    """A configured source."""

    name: str
    kind: SourceKind
    vendor: Vendor
    field_map: BoundMap
    settings: SourceSettings = field(repr=False)

    @property
    def is_signed(self) -> bool:
        """Whether its requests can be verified; others must bring a key of ours."""
        return self.settings.secret is not None and self.vendor.verify is not None

    def verify(self, arrival: Arrival) -> SignatureProblem | None:
        """Return why the request is not believed: to be asked before :meth:`read`."""
        secret = self.settings.secret
        if secret is None or not secret.get_secret_value() or self.vendor.verify is None:
            return SignatureProblem.NO_SECRET
        if self.settings.public_url is not None:
            arrival = replace(arrival, uri=self.settings.public_url)
        return self.vendor.verify(arrival, secret.get_secret_value().encode())

    def handshake(self, query: dict[str, str]) -> Answer | None:
        """Return the answer to a vendor that asks by GET whether the address is ours."""
        if self.kind == "meta" and self.settings.verify_token is not None:
            return answer_meta(query, self.settings.verify_token.get_secret_value())
        if self.kind == "linkedin" and self.settings.secret is not None:
            return answer_linkedin(query, self.settings.secret.get_secret_value().encode())
        return None

    def read(self, arrival: Arrival) -> list[Reading]:
        """All that ``arrival`` holds, in its order.

        Raises:
            MemoryError, OSError: the machine failed, not the request.
        """
        try:
            return self._read(arrival)
        except RecursionError:
            return [Rejected(DeadLetterReason.TOO_DEEP, "objects or lists are nested too deeply")]
        except (MemoryError, OSError):
            raise
        except Exception as error:  # noqa: BLE001 - one record must not stop those behind it
            detail = f"{type(error).__name__} in source {self.kind}"
            return [Rejected(DeadLetterReason.UNEXPECTED_ERROR, detail)]

    def _read(self, arrival: Arrival) -> list[Reading]:
        body = read_body(arrival)
        if isinstance(body, Rejected):
            return [body]
        readings: list[Reading] = []
        for item in self._items(body, arrival):
            if len(readings) == RECORDS_MAX:
                readings.append(
                    Rejected(DeadLetterReason.TOO_LARGE, f"more than {RECORDS_MAX} records in one")
                )
                break
            read = self._record(item, arrival) if isinstance(item, Found) else item
            if read is not None:
                readings.append(read)
        return readings

    def _items(self, body: Any, arrival: Arrival) -> Iterator[Found | Fetch | Rejected]:
        options = Options(frozenset(self.settings.submitting_events))
        bodies = self.field_map.bodies(body) if self.field_map.each is not None else [body]
        for each in bodies:
            yield from self.vendor.split(each, arrival, options)

    def _record(self, found: Found, arrival: Arrival) -> Reading | None:
        """The record; None for an update of fields that nobody asks for."""
        record: JsonObject = {}
        role = found.role
        if found.body is not None:
            record = self.field_map.apply(found.body)
            if not record and found.fields.get("event_type") == "updated":
                return None
            role = self.field_map.role if role == "leads" else role
        record.update(found.fields)
        if role == "leads" and self.kind != "canonical":
            self._complete(record, arrival)
        elif role != "leads" and found.body is not None:
            self._complete_other(record, role, arrival)
        if self.settings.sales_org is not None:
            record["sales_org"] = self.settings.sales_org
        return SourceRecord(role, record, found.body)

    def _complete(self, record: JsonObject, arrival: Arrival) -> None:
        """Fill in what the vendor leaves out; equal content gets equal ids, whenever it comes."""
        if has_ended_in_crm(record.pop(STATUS, None)):
            record["event_type"] = "imported"
        record.setdefault("event_type", "submitted")
        digest = hashlib.sha256(encode_json(record)).hexdigest()[:24]
        if not record.get("event_id"):
            record["event_id"] = f"{self.kind}-{digest}"
        if not record.get("lead_id"):
            record["lead_id"] = record["event_id"]
        record.setdefault("occurred_at", time_of(None, arrival.received_ms))
        if record["event_type"] == "submitted" and not record.get("lead_source"):
            record["lead_source"] = self.settings.lead_source or self.name

    def _complete_other(self, record: JsonObject, role: SourceRole, arrival: Arrival) -> None:
        digest = hashlib.sha256(encode_json(record)).hexdigest()[:24]
        record.setdefault(
            "event_id" if role == "feedback" else "activity_id", f"{self.kind}-{digest}"
        )
        record.setdefault("occurred_at", time_of(None, arrival.received_ms))


def make_source(name: str, settings: SourceSettings, field_map: FieldMap | None = None) -> Source:
    """The source that ``settings`` describe.

    Args:
        name: as its users call it.
        settings: kind, secret, style.
        field_map: instead of the file that the settings name.

    Raises:
        UsageError: its field map cannot be used.
    """
    vendor = VENDORS[settings.kind]
    if field_map is None and settings.map is not None:
        field_map = load_field_map(settings.map)
    rules = field_map or FieldMap()
    if vendor.field_map is not None and rules.role == "leads":
        rules = rules.over(shipped_map(vendor.field_map))
    style = Style(settings.date_format, settings.time_zone, settings.decimal, settings.currency)
    return Source(name, settings.kind, vendor, BoundMap(rules, style), settings)


def shipped_map(name: str) -> FieldMap:
    """A field map of ours."""
    return load_field_map(_MAPS / f"{name}.yaml")


def load_field_map(path: Path) -> FieldMap:
    """The field map in a file.

    Raises:
        UsageError: it cannot be used; the first of what is wrong with it.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the field map {path} cannot be read: {type(error).__name__}") from None
    found, problems = read_field_map(text)
    if found is None:
        first = problems[0]
        raise UsageError(f"{path}:{first.line}:{first.column}: {first.message}")
    return found
