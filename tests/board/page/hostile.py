"""Data that a page must show as what it is: text."""

from __future__ import annotations

import zlib
from typing import Any

SCRIPT = '<script>globalThis.pwned = 1</script><img src=x onerror="globalThis.pwned = 1">'
LONG = "Wolfeschlegelsteinhausenbergerdorff" * 14
EMOJI = "👩‍🚀🔥 Zoë 🏳️‍🌈"
RIGHT_TO_LEFT = "\u202eevil\u202c مرحبا بالعالم שלום"
NAMES = (SCRIPT, LONG, EMOJI, RIGHT_TO_LEFT)


def spoiled(answer: Any, number: int = 0) -> Any:
    """Return the answer with hostile text wherever a person's or a stranger's text stands."""
    if isinstance(answer, list):
        return [spoiled(each, index) for index, each in enumerate(answer)]
    if not isinstance(answer, dict):
        return answer
    return {
        name: NAMES[number % len(NAMES)]
        if isinstance(value, str) and name in _STRANGERS
        else spoiled(value, number)
        for name, value in answer.items()
    }


_STRANGERS = frozenset(
    {"name", "detail", "text", "headline", "why", "value", "key", "title", "territory_id", "topic"}
)


def lengthened(answer: Any) -> Any:
    """Return the answer with the ids and names of a large company's CRM."""
    if isinstance(answer, list):
        return [lengthened(each) for each in answer]
    if not isinstance(answer, dict):
        return answer
    return {
        name: _LONGER[name](value)
        if isinstance(value, str) and value and name in _LONGER
        else [_LONGER["pool_id"](each) for each in value]
        if name in {"pools", "territories", "other_pools"} and _are_texts(value)
        else lengthened(value)
        for name, value in answer.items()
    }


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _id(start: str) -> Any:
    """Ids of 18 characters, as Salesforce writes them; the same one for the same text."""
    return lambda text: f"{start}{zlib.crc32(text.encode()):012X}"[:15] + "AAV"


_LONGER = {
    "lead_id": _id("00Q5g"),
    "rep_id": _id("0055g"),
    "actor": _id("0055g"),
    "name": lambda name: f"{name} von Hohenstein-Wagenknecht",
    "pool_id": lambda pool: f"{pool}-mid-market-2027",
    "territory_id": lambda name: f"{name}-baden-wuerttemberg",
    "source": lambda source: f"{source}_autumn_campaign_emea",
}
