"""A record at the door, read as intake and streams will read it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from router.core.model.events import ReadWarning
from router.intake.contract.dead_letter import DeadLetterReason
from router.intake.records.admit import admit
from router.intake.records.context import IntakeContext
from router.intake.wire.refusal import Rejected
from router.roles.gateway.api_keys import Permission
from router.roles.streams.engagement.activity import read_activity

RecordHeaders = list[tuple[str, bytes]]


class Checked(NamedTuple):
    """A record that is good for Kafka, as it came."""

    lead_id: str
    value: bytes
    headers: RecordHeaders
    warnings: tuple[ReadWarning, ...]


class _Named(msgspec.Struct):
    lead_id: str


_named = msgspec.json.Decoder(_Named).decode
_OTHER_ORG = Rejected(
    DeadLetterReason.UNKNOWN_SALES_ORG, "sales_org is not the one that the key is for"
)


def check(
    kind: Permission,
    value: bytes,
    headers: Iterable[tuple[str, bytes]],
    sales_org: str,
    now_ms: int,
    context: IntakeContext,
) -> Checked | Rejected:
    """Return the record, with its sales org in a header, or why it is refused.

    Raises:
        MemoryError, OSError: the machine failed, not the record.
    """
    stamped = [*headers, ("sales_org", sales_org.encode())]
    if kind == "activity":
        activity = read_activity(value, stamped, now_ms, context)
        if isinstance(activity, Rejected):
            return activity
        if activity.sales_org != sales_org:
            return _OTHER_ORG
        return Checked(activity.lead_id, value, stamped, ())
    admitted = admit(kind, None, None, value, stamped, now_ms, context)
    if isinstance(admitted, Rejected):
        return admitted
    if admitted.sales_org != sales_org:
        return _OTHER_ORG
    return Checked(_named(admitted.value).lead_id, value, stamped, admitted.warnings)
