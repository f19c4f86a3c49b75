"""A lead event, read and checked: by the contract's twin if it is plain, else mended first.

Nearly every lead is plain: each field is as the contract says, no field is there twice, and none
is unknown. Reading those in one pass costs a third of decoding, checking and looking for double
fields one after the other. Whatever is not plain goes the long way: optional values that cannot
be read are left out and named (:mod:`router.intake.wire.mend`).
"""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec
from pydantic import TypeAdapter

from router.core.search.consent import UNREADABLE
from router.intake.contract import LeadEvent
from router.intake.normalise.consent import opt_out_of
from router.intake.normalise.text import is_no_id
from router.intake.wire.fast_contract import twin_of
from router.intake.wire.findings import Findings
from router.intake.wire.mend import mended
from router.intake.wire.opt_outs import with_opt_outs
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
    lead: Lead
    try:
        lead = _decode(value)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    kept = bytearray(len(value))  # as long as it may need to be, so that it need not grow
    _encode_into(lead, kept)
    if not (keeps_every_field(value, kept) and _has_plain_ids(lead)):
        return None
    custom = lead.custom
    return None if custom and any(map(opt_out_of, custom)) else lead


def lead_of(body: dict[str, Any], findings: Findings) -> Lead:
    """The lead in a parsed record; what of it cannot be read is named in ``findings``.

    Raises:
        pydantic.ValidationError: a field that it cannot do without is not as the contract says.
    """
    body = with_opt_outs(body, findings)
    lead = _converted(body)
    if lead is not None:
        return lead
    body = mended(LeadEvent, body, findings)
    consent = body.get("consent") or {}
    held = [name for name, word in consent.items() if word == UNREADABLE]
    if held:  # which no sender can write
        body["consent"] = consent | dict.fromkeys(held, "unknown")
    whole: Lead = _converted(body) or msgspec.convert(_check(body), _LEAD)
    for name in held:
        setattr(whole.consent, name, UNREADABLE)
    return whole


def _converted(body: dict[str, Any]) -> Lead | None:
    try:
        lead: Lead = msgspec.convert(body, _LEAD)
    except msgspec.ValidationError:
        return None
    return lead if _has_plain_ids(lead) else None


def _has_plain_ids(lead: Lead) -> bool:
    """Whether its ids, all fields that pydantic trims, have no spaces around them, and are ids."""
    event_id, lead_id = lead.event_id, lead.lead_id
    if event_id.strip() != event_id or lead_id.strip() != lead_id:
        return False
    if not (lead_id.isprintable() and event_id.isprintable()):
        return False
    if is_no_id(lead_id) or is_no_id(event_id):
        return False
    one, other = lead.sourced_by_rep_id, lead.owner_rep_id
    return not (one and one.strip() != one) and not (other and other.strip() != other)
