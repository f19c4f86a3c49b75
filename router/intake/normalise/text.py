"""Text without what nobody sees: one spelling of each letter, no control or format characters."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from router.intake.normalise.dummies import is_dummy

PLACEHOLDERS = frozenset(
    {
        "undefined",
        "null",
        "(null)",
        "nil",
        "nan",
        "none",
        "n/a",
        "#n/a",
        "#ref!",
        "#value!",
        "#null!",
        "[object object]",
        "-",
        "--",
        "?",
    }
)
"""Texts that programs and spreadsheets write for nothing."""

ID_PLACEHOLDERS = frozenset(
    spelled
    for text in (PLACEHOLDERS - {"none"}) | {"0", "NaN", "[object Object]"}
    for spelled in (text, text.upper(), text.capitalize())
)
"""Texts that are no id, such as ``[object Object]``: many leads would share it."""
_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cn", "Cs"})


def clean(text: str) -> str:
    """Return ``text`` in NFC, without control and format characters, single spaces between words.

    ``"Zu\u0308rich\u200b"`` (a combining dots, a zero-width space) is ``"Zürich"``.
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return _cleaned(text)


@lru_cache(maxsize=16_384)
def _cleaned(text: str) -> str:
    kept = "".join(
        " " if character.isspace() else character
        for character in unicodedata.normalize("NFC", text)
        if character.isspace() or unicodedata.category(character) not in _INVISIBLE
    )
    return " ".join(unicodedata.normalize("NFC", kept).split())


@lru_cache(maxsize=65_536)
def tidy(text: str) -> str | None:
    """:func:`clean` text; None if it is empty, a placeholder or dummy, or was no text."""
    cleaned = clean(text)
    is_none = "\ufffd" in cleaned or is_placeholder(cleaned) or is_dummy(cleaned)
    return None if is_none else cleaned or None


def is_placeholder(text: str) -> bool:
    """Whether a text says that there is nothing, such as ``undefined`` or ``#N/A``."""
    return text.strip().casefold() in PLACEHOLDERS
