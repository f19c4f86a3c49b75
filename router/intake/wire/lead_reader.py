"""A lead event, read and checked: by the contract's twin if it is plain, else by pydantic.

Nearly every lead is plain: each field is as the contract says, no field is there twice, and none
is unknown. Reading those in one pass costs a third of decoding, checking and looking for double
fields one after the other. Whatever is not plain goes the long way, so nothing is lost but time.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec
from pydantic import TypeAdapter

from router.intake.contract import LeadEvent
from router.intake.wire.fast_contract import twin_of
from router.intake.wire.parse import keeps_every_field

Lead: TypeAlias = Any
"""The twin of :class:`router.intake.contract.LeadEvent`: a field left out is ``UNSET``."""

LEAD_CONTRACT: TypeAdapter[Any] = TypeAdapter(LeadEvent)
_LEAD = twin_of(LeadEvent)
_decode = msgspec.json.Decoder(_LEAD).decode
_encode_into = msgspec.json.Encoder().encode_into
_check = LEAD_CONTRACT.validator.validate_python


def plain_lead(value: bytes, value_bytes_max: int) -> Lead | None:
    """The lead in ``value`` if it is plain; None says nothing against it."""
    if len(value) > value_bytes_max:
        return None
    try:
        lead = _decode(value)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    kept = bytearray(len(value))  # as long as it may need to be, so that it need not grow
    _encode_into(lead, kept)
    return lead if keeps_every_field(value, kept) and _is_trimmed(lead) else None


def lead_of(body: dict[str, Any]) -> Lead:
    """The lead in a parsed record.

    Raises:
        pydantic.ValidationError: it is not as the contract says.
    """
    try:
        lead = msgspec.convert(body, _LEAD)
        if _is_trimmed(lead):
            return lead
    except msgspec.ValidationError:
        pass
    return msgspec.convert(_check(body), _LEAD)


def _is_trimmed(lead: Lead) -> bool:
    """Whether its ids, all fields that pydantic trims, have no spaces around them."""
    event_id, lead_id = lead.event_id, lead.lead_id
    if event_id.strip() != event_id or lead_id.strip() != lead_id:
        return False
    one, other = lead.sourced_by_rep_id, lead.owner_rep_id
    return not (one and one.strip() != one) and not (other and other.strip() != other)
