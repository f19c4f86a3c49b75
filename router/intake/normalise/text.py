"""Text without what nobody sees: one spelling of each letter, no control or format characters."""

from __future__ import annotations

import re
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
        "#name?",
        "#num!",
        "#div/0!",
        "#error!",
        "[object object]",
        "<null>",
        "\\n",  # how MySQL exports null
        "(none)",
        "(not set)",
        "(blank)",
        "(empty)",
        "-none-",
        "--none--",  # the first entry of Salesforce's lists
        "n.a.",
        "not available",
        "not provided",
        "not specified",
        "unknown",
        "tbd",
        "k.a.",
        "k. a.",
        "keine angabe",
        "unbekannt",
        "inconnu",
        "desconocido",
        "-",
        "--",
        "---",
        ".",
        "..",
        "...",
        "?",
        "??",
        "???",
    }
)
"""Texts that programs, spreadsheets and people write for nothing."""

_UNFILLED = re.compile(
    r"\{\{.*\}\}|\$\{.*\}|\{[\w.]+\}|\*\|.*\|\*|%%.*%%|%[a-z_.]+%|\[\[.*\]\]|<%.*%>"
)
"""Fields of templates that nobody filled in: ``{{lead.company}}``, ``*|FNAME|*``."""
_UNFILLED_STARTS = frozenset("{$*%[<")
_ODD_STARTS = frozenset(each for text in PLACEHOLDERS for each in (text[0], text[0].upper()))
_NAMES = frozenset({"none", "unknown", "tbd"})  # people name leads so
_STARTS_OF_NO_ID = _ODD_STARTS | _UNFILLED_STARTS | {"0"}
_HALF_WIDTH = {0xFF01 + place: 0x21 + place for place in range(94)}
"""Letters, digits and signs of East Asian keyboards: U+FF11 is 1."""
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
        for character in unicodedata.normalize("NFC", text).translate(_HALF_WIDTH)
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
    word = clean(text).casefold()
    if word in PLACEHOLDERS:
        return True
    return word[:1] in _UNFILLED_STARTS and _UNFILLED.fullmatch(word) is not None


def is_no_id(text: str) -> bool:
    """Whether a text stands for a missing id, ``[object Object]`` or ``0``: many would share it."""
    if text[:1] not in _STARTS_OF_NO_ID:
        return False
    return (is_placeholder(text) and text.casefold() not in _NAMES) or not text.strip("0-")


def visible(text: str) -> str:
    """Return an id without the format characters that copying leaves in it: zero-width spaces."""
    if text.isprintable():
        return text
    return "".join(each for each in text if unicodedata.category(each) != "Cf").strip()
