"""Countries as people write them to ISO 3166 alpha-2.

Sources: ISO 3166-1 and -3 from pycountry, names in every language that is official somewhere from
CLDR (Babel), official names in a few languages from pycountry; what none of them has stands here.
English is tried first, so that the other languages (a hundred files) are read only if they are
needed.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterator
from functools import cache, lru_cache

import pycountry
from babel import localedata
from babel.core import get_global

from router.intake.normalise.places.name_table import Names, NameTable

LANGUAGES = ("de", "fr", "es", "it", "pt", "nl", "pl", "sv", "da", "nb_NO", "fi", "cs", "tr")
"""Languages in which official names are understood: Bundesrepublik Deutschland."""

_ALIASES = {
    "AE": "UAE, Dubai, Abu Dhabi",
    "AT": "Oesterreich",
    "BA": "Bosnia",
    "CD": "DR Congo, DRC",
    "CI": "Elfenbeinkuste",
    "CN": "PRC, PR China, Mainland China, Red China",
    "DE": "BRD",
    "GB": "UK, Britain, Great Britain, England, Scotland, Wales, Northern Ireland, Grossbritannien",
    "GR": "EL, Ελλάς",
    "HK": "Hong Kong SAR, Hong Kong China",
    "IN": "Bharat",
    "KP": "DPRK, N Korea",
    "KR": "Korea, ROK, S Korea",
    "MK": "Macedonia, FYROM",
    "MO": "Macau China, Macao China",
    "PR": "Puerto Rico USA, Puerto Rico US",
    "SA": "KSA",
    "TH": "ประเทศไทย",
    "TW": "Taiwan China, Republic of China Taiwan, ROC Taiwan",
    "US": "America, EEUU",
    "VA": "Vatican",
    "XK": "XK, XKX",
    "ZA": "RSA",
}
"""What the sources lack."""

_SHARED_NAMES = {
    "Republic of China": "CN TW",
    "República de China": "CN TW",
    "Republik China": "CN TW",
    "Republik Dominica": "DM DO",
    "Dominica Republic": "DM DO",  # the Dominican Republic without an n
    "Virgin Islands": "VG VI",
    "Nigera": "NE NG",  # a slip, and a name in another language
    "Toga": "TG TO",
}
_FORMS = frozenset(
    """
    arab bolivarian commonwealth democratic duchy emirate federal federated federation federative
    grand independent islamic kingdom peoples people plurinational principality republic socialist
    sultanate union united
    bundesrepublik de del der des di do du furstentum grossherzogtum het koninkrijk konigreich
    la le ls of regno reino repubblica republica republiek republik republika republique royaume
    van volksrepublik
    """.split()  # noqa: SIM905 - a long list of quoted words is harder to read and to extend
)
TEXT_LENGTH_MAX = 100
_OFFICIAL = frozenset({"official", "de_facto_official"})


@lru_cache(maxsize=16_384)
def read_country(text: str) -> str | None:
    """Alpha-2 of ``text``: a code, a name, an alias, or a name with one slip; else None."""
    if len(text) > TEXT_LENGTH_MAX:
        return None
    found = _english().exact(text)
    if found is None:
        found = _every_language().find(text)
    return _every_language().nearest(text) if found is None else found or None


def load_names() -> None:
    """Read the names in all languages (half a second), so that no lead has to wait for them."""
    _every_language().nearest("")


@cache
def _english() -> NameTable:
    return NameTable(_english_tiers(), forms=_FORMS)


@cache
def _every_language() -> NameTable:
    spoken = _official_languages()
    own = (*_english_tiers(), _native_names(spoken))
    return NameTable(own, (_translated_names(spoken),), forms=_FORMS)


def _english_tiers() -> Iterator[Names]:
    yield [*_codes(), *_aliases()]
    yield [*_iso_names(), *_cldr_names("en")]
    yield [*_short_iso_names(), *_old_names()]


def _codes() -> Iterator[tuple[str, str]]:
    for country in pycountry.countries:
        yield country.alpha_2, country.alpha_2
        yield country.alpha_3, country.alpha_2


def _aliases() -> Iterator[tuple[str, str]]:
    for code, names in _ALIASES.items():
        yield from ((name, code) for name in names.split(", "))
    for name, codes in _SHARED_NAMES.items():
        yield from ((name, code) for code in codes.split())


def _iso_names() -> Iterator[tuple[str, str]]:
    for country in pycountry.countries:
        for kind in ("name", "official_name", "common_name"):
            if written := getattr(country, kind, None):
                yield written, country.alpha_2


def _short_iso_names() -> Iterator[tuple[str, str]]:
    """``Iran, Islamic Republic of`` → ``Iran``; ``Falkland Islands (Malvinas)`` without them."""
    for country in pycountry.countries:
        yield country.name.partition(",")[0].partition(" (")[0], country.alpha_2


def _old_names() -> Iterator[tuple[str, str]]:
    """Names and codes of countries that one of today has followed: Zaire, ZR."""
    today = {country.alpha_2 for country in pycountry.countries}
    for country in pycountry.historic_countries:
        follower = country.alpha_4[2:]
        if follower in today:
            yield from ((name, follower) for name in (country.name, country.name.split(",")[0]))
            if country.alpha_2 not in today:
                yield from ((code, follower) for code in (country.alpha_2, country.alpha_3))


def _cldr_names(language: str) -> Iterator[tuple[str, str]]:
    names = localedata.load(language, merge_inherited=False).get("territories", {})
    for code, name in names.items():
        if code in _territories():
            yield str(name), code


@cache
def _territories() -> frozenset[str]:
    """Every code of a country that there is: ISO's, and Kosovo's."""
    return frozenset({country.alpha_2 for country in pycountry.countries} | {"XK"})


def _official_languages() -> dict[str, list[str]]:
    """Languages by the countries where they are official, as far as CLDR has names in them."""
    spoken = get_global("territory_languages")
    return {
        territory: [
            language
            for language, facts in languages.items()
            if facts["official_status"] in _OFFICIAL and localedata.exists(language)
        ]
        for territory, languages in spoken.items()
        if territory in _territories()
    }


def _native_names(spoken: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    for territory, languages in spoken.items():
        for language in languages:
            names = localedata.load(language, merge_inherited=False).get("territories", {})
            if territory in names:
                yield str(names[territory]), territory


def _translated_names(spoken: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    for language in dict.fromkeys(each for languages in spoken.values() for each in languages):
        yield from _cldr_names(language)
    for language in LANGUAGES:
        names = gettext.translation(
            "iso3166-1", pycountry.LOCALES_DIR, languages=[language], fallback=True
        )
        for written, code in _iso_names():
            yield names.gettext(written), code
