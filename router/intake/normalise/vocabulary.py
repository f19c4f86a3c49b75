"""Words that people agree on, in one spelling: requests, industries, products, languages."""

from __future__ import annotations

from functools import cache, lru_cache

import pycountry
from babel import localedata

from router.intake.normalise.spelling import Spellings, plain
from router.intake.normalise.text import tidy

_LANGUAGE_CODE_LENGTHS = (2, 3)

INDUSTRIES = tuple(
    """
    accounting advertising aerospace agriculture automotive aviation banking biotechnology
    chemicals construction consulting defense education electronics employment energy engineering
    entertainment fashion finance food government healthcare hospitality insurance legal logistics
    manufacturing marketing media medical metals mining nonprofit pharmaceuticals publishing
    recruiting restaurants retail security semiconductors services software sports technology
    telecommunications textiles tourism transportation utilities wholesale
    """.split()  # noqa: SIM905 - a long list of quoted words is harder to read and to extend
)
_spellings = Spellings(INDUSTRIES)


@lru_cache(maxsize=16_384)
def read_word(text: str) -> str | None:
    """``Rush Order`` → ``rush_order``; None for empty text."""
    word = tidy(text)
    return "_".join(word.casefold().replace("-", " ").split()) or None if word else None


@lru_cache(maxsize=16_384)
def read_industry(text: str) -> str | None:
    """Casefolded, single spaces; a slip in a known one (``technolgy``) is mended."""
    written = (tidy(text) or "").casefold()
    if written in INDUSTRIES:
        return written
    return _spellings.nearest(plain(written)) or written or None


@lru_cache(maxsize=16_384)
def read_product(text: str) -> str | None:
    """The key of a product: ``GTX Pro`` and ``GTXPro`` → ``gtxpro``."""
    return "".join((tidy(text) or "").casefold().split()) or None


@lru_cache(maxsize=4_096)
def read_language(text: str) -> str | None:
    """``de`` of ``de``, ``de-AT``, ``de_DE`` or ``German``; None if it is no language."""
    code = text.strip().casefold().replace("_", "-").partition("-")[0]
    if len(code) in _LANGUAGE_CODE_LENGTHS and code.isascii() and code.isalpha():
        return _codes().get(code)
    return _language_names().get(plain(text.partition("(")[0]))


@cache
def _codes() -> dict[str, str]:
    """The code of each language, of two letters where it has one, by all of its codes."""
    return {
        code: getattr(language, "alpha_2", language.alpha_3)
        for language in pycountry.languages
        for kind in ("alpha_3", "bibliographic", "alpha_2")
        if (code := getattr(language, kind, None))
    }


@cache
def _language_names() -> dict[str, str]:
    """Codes by names in English, and in the language itself as far as CLDR has it."""
    found = {
        plain(language.name.partition("(")[0]): language.alpha_2
        for language in pycountry.languages
        if hasattr(language, "alpha_2")
    }
    for code in dict.fromkeys(found.values()):
        if localedata.exists(code):
            names = localedata.load(code, merge_inherited=False).get("languages", {})
            found.setdefault(plain(str(names.get(code, code))), code)
    return found
