"""Data that a page must show as what it is: text."""

from __future__ import annotations

from typing import Any

SCRIPT = '<script>globalThis.pwned = 1</script><img src=x onerror="globalThis.pwned = 1">'
LONG = "Wolfeschlegelsteinhausenbergerdorff" * 14
EMOJI = "👩‍🚀🔥 Zoë 🏳️‍🌈"
RIGHT_TO_LEFT = "\u202eevil\u202c مرحبا بالعالم שלום"
NAMES = (SCRIPT, LONG, EMOJI, RIGHT_TO_LEFT)


def spoiled(answer: Any, number: int = 0) -> Any:
    """The same answer with hostile text wherever a person's or a stranger's text stands."""
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
