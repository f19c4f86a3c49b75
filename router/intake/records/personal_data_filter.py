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

from router.core.model.events import ReadProblem
from router.intake.contract.dead_letter import DeadLetterReason
from router.intake.normalise.text import tidy
from router.intake.records.patch import FIELD_OF_FACT
from router.intake.wire.findings import Findings
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


def impersonal(custom: dict[str, Any], findings: Findings) -> dict[str, Any]:
    """The custom fields that are kept; null is nothing to keep.

    Fields whose name says that they are personal are expected, and not worth a warning.
    """
    kept: dict[str, Any] = {}
    for name, value in custom.items():
        if value.__class__ in _NEVER_PERSONAL:
            kept[name] = value
        elif value is None or _is_personal_name(name):
            continue
        elif isinstance(value, str):
            if len(value) >= _PHONE_LENGTH_MIN and _is_personal(value):
                findings.note("custom", ReadProblem.PERSONAL)
            elif text := tidy(value):
                kept[name] = text
        else:
            kept[name] = value
    return kept


def _is_personal(text: str) -> bool:
    """Whether a text is left out for its length or what it looks like."""
    return len(text) > CUSTOM_TEXT_MAX or "@" in text or _PHONE.fullmatch(text) is not None


@lru_cache(maxsize=4_096)
def _is_personal_name(name: str) -> bool:
    return _PERSONAL_NAME.search(name.casefold()) is not None


def looks_suspicious(encoded: bytes) -> bool:
    """Whether an encoded record may hold an address or, as JSON escapes, control characters."""
    return _AT in encoded or _BACKSLASH in encoded


def looked_over(record: dict[str, Any], findings: Findings | None = None) -> dict[str, Any]:
    """``record`` without any fact, entry or name that holds an e-mail address.

    Of a lead's ``facts`` what is left out is named in ``findings``.

    Raises:
        FieldError: an id or a name holds an address or a control character.
    """
    kept: dict[str, Any] = {}
    for name, value in record.items():
        if name == "facts" and findings is not None:
            kept[name] = _facts_looked_over(value, findings)
            continue
        if _CONTROL.search(name):
            raise FieldError("a name", "has control characters")
        if _ADDRESS.search(name):
            continue
        cleaned = _cleaned(name, value)
        if cleaned is not None:
            kept[name] = cleaned
    return kept


def _facts_looked_over(facts: dict[str, Any], findings: Findings) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in facts.items():
        field = FIELD_OF_FACT.get(name, name)
        if isinstance(value, dict):
            entries = _entries_looked_over(value)
            if len(entries) < len(value):
                findings.note(field, ReadProblem.PERSONAL)
            if entries:
                kept[name] = entries
            continue
        is_bad = isinstance(value, str) and (_CONTROL.search(value) or _ADDRESS.search(value))
        if is_bad:
            findings.note(field, ReadProblem.PERSONAL)
        else:
            kept[name] = value
    return kept


def _entries_looked_over(entries: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in entries.items():
        if _CONTROL.search(name) or _ADDRESS.search(name):
            continue
        if isinstance(value, str):
            value = _CONTROL.sub(" ", value).strip()  # noqa: PLW2901 - the cleaned one counts
            if not value or _ADDRESS.search(value):
                continue
        kept[name] = value
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
