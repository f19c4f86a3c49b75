"""States and provinces, by their ISO 3166-2 codes wherever they are known."""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any

import pycountry
from babel.core import get_global

from router.intake.normalise.places.name_table import NameTable
from router.intake.normalise.places.state_names import STATE_ALIASES, STATE_FORMS

STATES_WITHOUT_COUNTRY = ("US", "CA")
"""Whose states are known by name alone; others are when their country is given."""

_CODE_LENGTH_MAX = 3
_TEXT_LENGTH_MAX = 100
_LANGUAGES = ("en", "de", "fr", "es", "it", "nl")
_ISO_CODE = re.compile(r"([A-Z]{2})-([A-Z0-9]{1,3})")
_NAMES_IN_ONE = re.compile(r"\s*[;/\[\]()]\s*")


@lru_cache(maxsize=16_384)
def read_state(text: str, country: str | None) -> str | None:
    """``CA`` of ``California``, ``US-CA`` or ``Calif.``; other names stay as they are."""
    written = " ".join(text.split())
    if not written or len(written) > _TEXT_LENGTH_MAX:
        return written or None
    code = written.upper()
    if (iso := _ISO_CODE.fullmatch(code)) and _is_state(iso[1], iso[2], country):
        return iso[2]
    for one in (country,) if country else STATES_WITHOUT_COUNTRY:
        if found := _states(one).find(written):
            return found
    if len(written) <= _CODE_LENGTH_MAX:
        return code
    return (country and _states(country).nearest(written)) or written


def state_codes(text: str, countries: tuple[str, ...]) -> list[str]:
    """Return what :func:`read_state` may make of this state's name, in one of ``countries``.

    Without a country it may be a state of any: a policy may say ``Sachsen`` alone.
    """
    alone = read_state(text, None) or text
    if countries:
        found = [read_state(text, country) or text for country in countries]
    elif alone == text and len(text) > _CODE_LENGTH_MAX:
        found = [code for country in _states_by_country() if (code := _states(country).find(text))]
    else:
        found = []
    return list(dict.fromkeys([alone, *found]))


def _is_state(of: str, code: str, country: str | None) -> bool:
    states = _states_by_country().get(of, ())
    return country in {of, None} and any(_code(state) == code for state in states)


@cache
def _states_by_country() -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    subdivisions: Any = pycountry.subdivisions  # its objects have no types
    for state in sorted(subdivisions, key=attrgetter("code")):
        found.setdefault(state.country_code, []).append(state)
    return found


@cache
def _states(country: str) -> NameTable:
    tiers = (_codes(country), _aliases(country), _names(country))
    return NameTable(tiers, (_translated(country),), forms=STATE_FORMS)


def _code(state: Any) -> str:
    return str(state.code.partition("-")[2])


def _codes(country: str) -> Iterator[tuple[str, str]]:
    return ((_code(state), _code(state)) for state in _states_by_country().get(country, ()))


def _aliases(country: str) -> Iterator[tuple[str, str]]:
    for code, names in STATE_ALIASES.get(country, {}).items():
        yield from ((name, code) for name in names.split(", "))


def _names(country: str) -> Iterator[tuple[str, str]]:
    """``Ourense [Orense]`` and ``A;B`` are two names of one."""
    for state in _states_by_country().get(country, ()):
        yield from ((name, _code(state)) for name in _NAMES_IN_ONE.split(state.name))


def _translated(country: str) -> Iterator[tuple[str, str]]:
    native = get_global("territory_languages").get(country, {})
    for language in dict.fromkeys((*_LANGUAGES, *native)):
        names = _translations(language)
        for state in _states_by_country().get(country, ()):
            yield names.gettext(state.name), _code(state)


@cache
def _translations(language: str) -> gettext.NullTranslations:
    return gettext.translation(
        "iso3166-2", pycountry.LOCALES_DIR, languages=[language], fallback=True
    )
