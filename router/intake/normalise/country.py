"""Countries as people write them to ISO 3166 alpha-2."""

from __future__ import annotations

import gettext
from functools import cache, lru_cache

import pycountry

from router.intake.normalise.spelling import Spellings, plain

LANGUAGES = ("de", "fr", "es", "it", "pt", "nl", "pl", "sv", "da", "nb", "fi", "cs", "tr")
"""Languages in which a country's name is understood beside English."""

_ALIASES = {
    "GB": "uk, u k, britain, great britain, england, scotland, wales, northern ireland, "
    "grossbritannien, vereinigtes konigreich, gran bretana, royaume uni, reino unido",
    "US": "u s, u s a, america, united states of america, the states, estados unidos, etats unis, "
    "vereinigte staaten, vereinigte staaten von amerika, eeuu, ee uu",
    "AE": "uae, u a e, emirates, dubai, abu dhabi",
    "KR": "korea, south korea, republic of korea, rok",
    "KP": "north korea, dprk",
    "NL": "holland, the netherlands",
    "CZ": "czech republic, czechia",
    "RU": "russia",
    "VN": "vietnam",
    "TW": "taiwan",
    "HK": "hongkong, hong kong sar",
    "MO": "macau, macao sar",
    "IR": "iran",
    "SY": "syria",
    "BO": "bolivia",
    "VE": "venezuela",
    "TZ": "tanzania",
    "MD": "moldova",
    "LA": "laos",
    "BN": "brunei",
    "CI": "ivory coast, elfenbeinkuste",
    "CV": "cape verde",
    "SZ": "swaziland",
    "MK": "macedonia, fyrom",
    "TR": "turkey, turkei",
    "PS": "palestine",
    "XK": "kosovo, kosova",
    "VA": "vatican, vatican city",
    "MM": "burma",
    "TL": "east timor",
    "CD": "dr congo, drc, congo kinshasa",
    "CG": "congo brazzaville",
    "CN": "prc, peoples republic of china, mainland china",
    "DE": "brd, deutschland",
    "CH": "schweiz, suisse, svizzera",
    "AT": "oesterreich",
    "BR": "brasil",
    "ES": "espana",
    "GR": "el, hellas",
    "IE": "eire, republic of ireland",
    "IN": "bharat",
    "MX": "mejico",
    "SA": "saudi, ksa",
    "SK": "slovak republic",
    "ZA": "rsa",
}  # fmt: skip


@lru_cache(maxsize=16_384)
def read_country(text: str) -> str | None:
    """Alpha-2 of ``text``: a code, a name, an alias, or a name with a slip; else None."""
    word = plain(text).removeprefix("the ")
    if not word:
        return None
    found = _english().get(word) or _translated().get(word)
    if found:
        return found
    nearest = _spellings().nearest(word)
    return _english()[nearest] if nearest else None


@cache
def _english() -> dict[str, str]:
    words: dict[str, str] = {}
    for country in pycountry.countries:
        code = country.alpha_2
        for name in ("name", "official_name", "common_name", "alpha_2", "alpha_3"):
            written = getattr(country, name, None)
            if written:
                words[plain(written).removeprefix("the ")] = code
        words.setdefault(plain(country.name.partition(",")[0]), code)
    for code, names in _ALIASES.items():
        words |= {plain(name).removeprefix("the "): code for name in names.split(",")}
    return words


@cache
def _translated() -> dict[str, str]:
    words: dict[str, str] = {}
    for language in LANGUAGES:
        names = gettext.translation(
            "iso3166-1", pycountry.LOCALES_DIR, languages=[language], fallback=True
        )
        for country in pycountry.countries:
            for name in (country.name, getattr(country, "common_name", country.name)):
                words.setdefault(plain(names.gettext(name)), country.alpha_2)
    return words


@cache
def _spellings() -> Spellings:
    return Spellings(_english())
