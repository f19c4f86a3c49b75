"""Whether a lead has ended, by its status in the system that a file comes from."""

from __future__ import annotations

from router.intake.normalise.spelling import plain

ENDED = frozenset(
    """
    archived closed completed converted dead disqualified done duplicate inactive invalid junk lost
    recycled rejected spam unqualified withdrawn won
    """.split()  # noqa: SIM905 - a list of quoted words is harder to read and to extend
)
"""One of these words in a status says so: ``Closed - Converted``."""

_PHRASES = ("not interested", "not qualified", "bad timing", "do not contact")
_TICKED = frozenset({"true", "yes", "1"})  # of a column such as IsConverted


def has_ended_in_crm(status: object) -> bool:
    """Whether a status means that nobody works on the lead any more; unknown words do not."""
    if not isinstance(status, str):
        return status is True
    words = plain(status)
    return (
        words in _TICKED
        or not ENDED.isdisjoint(words.split())
        or any(phrase in words for phrase in _PHRASES)
    )
