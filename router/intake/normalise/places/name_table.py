"""Names of places, found however they are written: order, accents, case and form do not matter.

A name is compared as the set of its words: "Korea (the Republic of)", "Korea, Rep. of" and
"Republic of Korea" are one. If that is not known, words that only say what kind of place it is are
left out ("Freistaat Sachsen", "Republic of Nigeria"), and at last one slip of a letter is mended.
A name that two codes share is the name of neither, at every step.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

SHARED = ""
"""Stands for a name that more than one code has: it says nothing."""

_SLIP_LENGTH_MIN = 6  # shorter names are too alike: Mali, Malta
_CODE_LENGTHS = (2, 3)
_NAME_LENGTH_MIN = 4  # shorter words are codes, or words such as "de"
_FIRST_ACCENT, _LAST_ACCENT = "\u0300", "\u036f"  # marks of other scripts are letters
_WHOLE_LETTERS = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "\u0131": "i",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
    }
)
_FLAGS = {0x1F1E6 + place: f" {chr(ord('a') + place)}" for place in range(26)}
_INITIAL = re.compile(r"\b(\w)\.|['\u2019](s)\b")
"""A dot after a single letter, and a possessive: they separate no words."""
_PARTS = re.compile(r"[()\[\],;:/|\u2013\u2014]|\s-\s|(?<=\b[A-Za-z]{2})-")
_FILLERS = frozenset({"the", "of", "and"})
_SHORT = {"st": "saint", "ste": "sainte", "rep": "republic", "dem": "democratic", "fed": "federal",
          "is": "islands"}  # fmt: skip

Names = Iterable[tuple[str, str]]
"""(name, code)"""


def words_of(text: str) -> list[str]:
    """``Côte d'Ivoire`` → ``cote``, ``d``, ``ivoire``; ``U.S. Virgin Is.`` → ``us``, and so on."""
    text = _INITIAL.sub(r"\1\2", text)
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text).casefold().translate(_WHOLE_LETTERS)
        text = "".join(
            each
            for each in decomposed.translate(_FLAGS)
            if not _FIRST_ACCENT <= each <= _LAST_ACCENT
        )
    kept = "".join(each if _is_of_a_word(each) else " " for each in text.casefold())
    words = list(_initials_joined(kept.split()))
    return [_SHORT.get(word, word) for word in words] if len(words) > 1 else words  # IS is Iceland


def _is_of_a_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character)[0] == "M"


def _initials_joined(words: Sequence[str]) -> Iterator[str]:
    """``u s a`` → ``usa``; a single letter alone stays."""
    run = ""
    for word in words:
        if len(word) == 1:
            run += word
            continue
        if run:
            yield run
            run = ""
        yield word
    if run:
        yield run


def _key(words: Iterable[str]) -> str:
    given = set(words)
    return " ".join(sorted(given - _FILLERS or given))  # AND is Andorra


class NameTable:
    """Codes by name. ``forms`` are words that say what kind of place it is."""

    def __init__(
        self, own: Iterable[Names], foreign: Iterable[Names] = (), *, forms: frozenset[str]
    ) -> None:
        """Take in tiers of names: what an earlier one says of a name stands.

        ``own`` are the names that most people use, in which slips are looked for; ``foreign`` all
        others, which never make an own name doubtful.
        """
        self._forms = forms
        self._whole: dict[str, str] = {}
        self._nearly: dict[str, list[str]] | None = None
        self._written: dict[str, str] = {}
        bare: dict[str, str] = {}
        for names in own:
            self._take_in(names, bare, self._written)
        self._bare: dict[str, str] = {}
        for names in foreign:
            self._take_in(names, self._bare, {})
        self._bare |= bare

    def _take_in(self, names: Names, bare: dict[str, str], written: dict[str, str]) -> None:
        found: dict[str, set[str]] = defaultdict(set)
        for name, code in dict.fromkeys(names):
            words = words_of(name)
            if key := _key(words):
                found[key].add(code)
                written[" ".join(words)] = key
                rest = self._without_forms(words)
                if bare.setdefault(rest, code) != code:
                    bare[rest] = SHARED
        for key, codes in found.items():
            self._whole.setdefault(key, codes.pop() if len(codes) == 1 else SHARED)

    def _without_forms(self, words: Iterable[str]) -> str:
        return _key(word for word in words if word not in self._forms)

    def exact(self, text: str) -> str | None:
        """Return the code whose name the text is; :data:`SHARED` if several have it."""
        return self._whole.get(_key(words_of(text)))

    def find(self, text: str) -> str | None:
        """Return the code that a name, its parts, or its words without forms name for certain."""
        words = words_of(text)
        found = self._whole.get(_key(words))
        if found is None:
            found = self._agreed(_PARTS.split(text)) or self._bare_of(words)
        if found is None and len(words) > 1:
            head, last = [words[0], " ".join(words[1:])], [" ".join(words[:-1]), words[-1]]
            found = next((self._agreed(cut) for cut in (head, last) if _is_code_in(cut)), None)
        return found

    def _agreed(self, parts: Iterable[str]) -> str | None:
        """Return the one code that all of the parts name: ``Germany``, ``DE``."""
        written = [words for part in parts if (words := words_of(part))]
        if len(written) < 2:  # noqa: PLR2004 - one part is the whole
            return None
        said = {self._whole.get(_key(words)) or self._bare_of(words) for words in written}
        return said.pop() if len(said) == 1 else None

    def _bare_of(self, words: list[str]) -> str | None:
        rest = self._without_forms(words)
        return self._bare.get(rest) or None if len(rest) >= _NAME_LENGTH_MIN else None

    def nearest(self, text: str) -> str | None:
        """Return the code whose name the text is but for one slip of a letter; None if in doubt."""
        words = words_of(text)
        slip = " ".join(words)
        if self._nearly is None:
            self._nearly = _by_shortened(self._written)
        names = {name for shortened in _shortened(slip) for name in self._nearly.get(shortened, ())}
        near = {self._whole[self._written[name]] for name in names if is_one_slip_apart(name, slip)}
        if len(near) != 1:
            return None
        code = near.pop()
        others = (self._whole.get(word) for word in words if len(word) >= _NAME_LENGTH_MIN)
        return None if any(other not in {None, code} for other in others) else code or None


def _is_code_in(cut: list[str]) -> bool:
    """Whether the shorter part is as long as a code: ``de``, ``germany``."""
    return min(len(part) for part in cut) in _CODE_LENGTHS


def _by_shortened(names: Iterable[str]) -> dict[str, list[str]]:
    """Names by themselves and by what is left of them without one letter."""
    found: dict[str, list[str]] = defaultdict(list)
    for name in names:
        if len(name) >= _SLIP_LENGTH_MIN and name.isascii():
            for shortened in _shortened(name):
                found[shortened].append(name)
    return found


def _shortened(name: str) -> set[str]:
    return {name, *(name[:at] + name[at + 1 :] for at in range(len(name)))}


def is_one_slip_apart(one: str, other: str) -> bool:
    """Whether one letter more, less or another, or two that changed places, is all."""
    while one and other and one[0] == other[0]:
        one, other = one[1:], other[1:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    return max(len(one), len(other)) <= 1 or (len(one) == 2 and one == other[::-1])  # noqa: PLR2004
