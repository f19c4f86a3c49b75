"""Form tools' own test leads: told by the texts that Meta and Google send."""

from __future__ import annotations

from typing import Final

_DUMMY_TEXT: Final = "test lead: dummy data"  # <test lead: dummy data for email>

DUMMY_ADDRESSES: Final = frozenset({"test@example.com", "test@fb.com", "test@meta.com"})


def is_dummy(text: str) -> bool:
    """Whether a value is what a form tool fills into its test leads."""
    return _DUMMY_TEXT in text.casefold()
