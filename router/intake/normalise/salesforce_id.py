"""Ids of Salesforce, which reports and exports write with 15 characters and its API with 18."""

from __future__ import annotations

_SHORT = 15
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def long_id(record_id: str) -> str:
    """The 18 characters of an id: the last three say which letters of the others are capitals."""
    if len(record_id) != _SHORT or not record_id.isascii() or not record_id.isalnum():
        return record_id
    ends = ""
    for start in (0, 5, 10):
        five = record_id[start : start + 5]
        ends += _LETTERS[sum(1 << place for place, each in enumerate(five) if each.isupper())]
    return record_id + ends
