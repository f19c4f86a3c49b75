"""What must not get into the inbox, which is kept for ever: readable personal data.

Intake copies only named facts, so names and messages stay behind by themselves. Here is the rest:
custom fields that look personal, and a last look for e-mail addresses in fields of another
purpose (and for control characters in ids). A fact that holds an address is left out; an id that
holds one is refused, because without it the record means nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from router.intake.contract.dead_letter import DeadLetterReason
from router.intake.wire.refusal import FieldError

CUSTOM_TEXT_MAX = 100
"""Longer text in a custom field is prose, and prose is personal."""

_ADDRESS = re.compile(r"[^\s@]@[^\s@]")
_PHONE = re.compile(r"\s*(?:\+|00)[\d\s()./-]{7,}\s*")
_PHONE_LENGTH_MIN = 8
_AT, _BACKSLASH = b"@\\"  # numbers: asking bytes for bytes costs four times as much
_NEVER_PERSONAL = (bool, float)
_PERSONAL_NAME = re.compile(
    r"^names?$"
    r"|(?:^|[_ -])(?:first|last|full|middle|maiden|sur|nick|user|contact|person)[_ -]?names?$"
    r"|mail|phone|mobile|telefon|fax|address|street|birth|message|comment|notes?$"
)
_CONTROL = re.compile(r"[\x00-\x1f]")
_ID_FIELDS = re.compile(r"(?!campaign_id).*_id|subject|actor")
_MAY_HOLD_ADDRESSES = frozenset({"booking_url"})  # a shared mailbox is part of some of them


def impersonal(custom: dict[str, Any]) -> dict[str, Any]:
    """The custom fields that are kept; null is nothing to keep."""
    return {
        name: value
        for name, value in custom.items()
        if value is not None and not _is_personal(name, value)
    }


def _is_personal(name: str, value: object) -> bool:
    """Whether a custom field is left out: for its name, its length, or what it looks like."""
    if value.__class__ in _NEVER_PERSONAL:
        return False
    if _is_personal_name(name):
        return True
    if not isinstance(value, str) or len(value) < _PHONE_LENGTH_MIN:
        return False
    return len(value) > CUSTOM_TEXT_MAX or "@" in value or _PHONE.fullmatch(value) is not None


@lru_cache(maxsize=4_096)
def _is_personal_name(name: str) -> bool:
    return _PERSONAL_NAME.search(name.casefold()) is not None


def looks_suspicious(encoded: bytes) -> bool:
    """Whether an encoded record may hold an address or, as JSON escapes, control characters."""
    return _AT in encoded or _BACKSLASH in encoded


def looked_over(record: dict[str, Any]) -> dict[str, Any]:
    """``record`` without any fact, entry or name that holds an e-mail address.

    Raises:
        FieldError: an id or a name holds an address or a control character.
    """
    kept: dict[str, Any] = {}
    for name, value in record.items():
        if _CONTROL.search(name):
            raise FieldError("a name", "has control characters")
        if _ADDRESS.search(name):
            continue
        cleaned = _cleaned(name, value)
        if cleaned is not None:
            kept[name] = cleaned
    return kept


def _cleaned(name: str, value: Any) -> Any:
    if isinstance(value, str):
        return _cleaned_text(name, value)
    if isinstance(value, dict):
        return looked_over(value)
    if isinstance(value, list | tuple):
        return [kept for inner in value if (kept := _cleaned(name, inner)) is not None]
    return value


def _cleaned_text(name: str, text: str) -> str | None:
    is_id = _ID_FIELDS.fullmatch(name) is not None
    if is_id and _CONTROL.search(text):
        raise FieldError(name, "has control characters")
    if name in _MAY_HOLD_ADDRESSES or not _ADDRESS.search(text):
        return text
    if is_id:
        raise FieldError(
            name,
            "must not be an e-mail address: ids are kept for ever, use the id of a system",
            DeadLetterReason.PERSONAL_ID,
        )
    return None
