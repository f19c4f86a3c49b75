"""``/api/dead-letters``: what could not be understood, without what was in it."""

from __future__ import annotations

from typing import Any

from router.board.projection.dead_letters import LetterRow, Letters
from router.core.model.timestamps import rfc3339

LETTERS_MAX = 500


def dead_letters(letters: Letters, limit: int, before: str | None) -> dict[str, Any]:
    """The newest first.

    Raises:
        KeyError: there is no letter ``before``.
    """
    rows, following = letters.newest(min(limit, LETTERS_MAX), before)
    return {"letters": [letter(row, letters) for row in rows], "next": following}


def letter(row: LetterRow, letters: Letters) -> dict[str, Any]:
    """One letter; ``topic``, ``partition`` and ``offset`` are where the record was read."""
    return {
        "id": row.letter_id,
        "at": rfc3339(row.at_ms),
        "step": row.step,
        "topic": row.topic,
        "partition": row.source_partition,
        "offset": row.source_offset,
        "reason": row.reason,
        "detail": row.detail,
        "bytes": row.size_bytes,
        "redriven": row.letter_id in letters.redriven,
    }
