"""Finding what was meant behind a misspelt word, cheaply enough for strangers' input."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

LENGTH_MIN = 5  # shorter words are too alike
LENGTH_DIFFERENCE_MAX = 2
LIKENESS_MIN = 0.86


_PLAIN_ASCII = bytes(
    ord(chr(code).casefold()) if chr(code).isalnum() else ord(" ") for code in range(128)
).ljust(256)
"""For ``bytes.translate``: what :func:`plain` makes of every ASCII character."""


def plain(text: str) -> str:
    """``Côte d'Ivoire`` → ``cote d ivoire``: casefolded, no accents, no punctuation."""
    if text.isascii():
        return " ".join(text.encode().translate(_PLAIN_ASCII).decode().split())
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    kept = (
        " " if not character.isalnum() else character
        for character in decomposed
        if not unicodedata.combining(character)
    )
    return " ".join("".join(kept).split())


class Spellings:
    """Known words, found by their first letter and length before they are compared."""

    def __init__(self, words: Iterable[str]) -> None:
        self._by_start: dict[tuple[str, int], list[str]] = defaultdict(list)
        for word in words:
            if len(word) >= LENGTH_MIN:
                self._by_start[word[0], len(word)].append(word)

    def nearest(self, word: str) -> str | None:
        """The known word most like ``word``, if any is like enough; the first of equals."""
        if len(word) < LENGTH_MIN:
            return None
        matcher = SequenceMatcher(autojunk=False)
        matcher.set_seq2(word)
        best, best_likeness = None, LIKENESS_MIN
        for known in self._alike(word):
            matcher.set_seq1(known)
            if matcher.quick_ratio() > best_likeness and matcher.ratio() > best_likeness:
                best, best_likeness = known, matcher.ratio()
        return best

    def _alike(self, word: str) -> Iterator[str]:
        for difference in range(-LENGTH_DIFFERENCE_MAX, LENGTH_DIFFERENCE_MAX + 1):
            yield from self._by_start.get((word[0], len(word) + difference), ())
