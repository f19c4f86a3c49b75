"""Time zones: the offset of a place at a time, and a zone's coming steps."""

from __future__ import annotations

import importlib.resources
import re
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from babel.core import get_global

FAR_PAST_MS = -62_135_596_800_000  # 0001-01-01
_QUARTER_MS = 900_000  # every change of the last half century fell on a quarter of an hour
_YEAR_MS = 366 * 86_400_000
_YEARS_BEFORE = 1
_YEARS_AHEAD = 10

Steps = tuple[tuple[int, int], ...]
"""(from_ms, offset_minutes), in order."""

_MAIN_ZONE = {  # countries with several zones whose customers nearly all live in one
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "CY": "Asia/Nicosia",
    "DE": "Europe/Berlin",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon",
    "UA": "Europe/Kyiv",
    "UZ": "Asia/Tashkent",
    "VN": "Asia/Ho_Chi_Minh",
}

_STATE_ZONES = {  # the zone of most people of a state
    ("US", "America/New_York"): "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV",
    ("US", "America/Chicago"): "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
    ("US", "America/Denver"): "CO ID MT NM UT WY",
    ("US", "America/Phoenix"): "AZ",
    ("US", "America/Los_Angeles"): "CA NV OR WA",
    ("US", "America/Anchorage"): "AK",
    ("US", "Pacific/Honolulu"): "HI",
    ("CA", "America/Toronto"): "ON QC NU",
    ("CA", "America/Halifax"): "NS NB PE",
    ("CA", "America/St_Johns"): "NL",
    ("CA", "America/Winnipeg"): "MB",
    ("CA", "America/Regina"): "SK",
    ("CA", "America/Edmonton"): "AB NT",
    ("CA", "America/Vancouver"): "BC",
    ("CA", "America/Whitehorse"): "YT",
    ("AU", "Australia/Sydney"): "NSW ACT",
    ("AU", "Australia/Melbourne"): "VIC TAS",
    ("AU", "Australia/Brisbane"): "QLD",
    ("AU", "Australia/Adelaide"): "SA",
    ("AU", "Australia/Darwin"): "NT",
    ("AU", "Australia/Perth"): "WA",
    ("BR", "America/Sao_Paulo"): "SP RJ MG ES PR SC RS BA PE CE MA PB RN PI AL SE GO DF PA TO AP",
    ("BR", "America/Manaus"): "AM RO RR MT MS",
}


_HOURS = re.compile(r"(?:utc|gmt)? ?([+-])(0?\d|1[0-4])(?::?00)?")

Offsets = tuple[int, Steps]
"""Minutes that local time is ahead of UTC, and the changes of it in the year that follows."""


def offsets_in(zone: str, at_ms: int) -> Offsets | None:
    """The offset in ``zone`` at a time, with its coming changes; None if there is no such zone."""
    return _offsets_in(zone, at_ms // _QUARTER_MS)


def offsets_of(country: str, state: str | None, at_ms: int) -> Offsets | None:
    """Return the offsets of a place; None where :func:`zone_of` has none."""
    return _offsets_of(country, state, at_ms // _QUARTER_MS)


@lru_cache(maxsize=8_192)
def _offsets_of(country: str, state: str | None, quarter: int) -> Offsets | None:
    zone = zone_of(country, state)
    return _offsets_in(zone, quarter) if zone else None


@lru_cache(maxsize=8_192)
def _offsets_in(zone: str, quarter: int) -> Offsets | None:
    found = read_zone(zone)
    if found is None:
        return None
    at_ms = quarter * _QUARTER_MS
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    steps = offset_steps(zone, at.year) or ()
    coming = tuple(step for step in steps if at_ms < step[0] <= at_ms + _YEAR_MS)
    return _minutes(at, found), coming


@lru_cache(maxsize=1_024)
def read_zone(name: str) -> ZoneInfo | None:
    """The zone of a name, whatever its case; None if there is none.

    Of IANA's (``Europe/Berlin``), of Windows' (``W. Europe Standard Time``), of whole hours from
    UTC (``UTC+2``), or as Salesforce writes them: ``(GMT+01:00) ... (Europe/Berlin)``.
    """
    written = name.strip().casefold()
    if written.endswith(")"):
        written = written[written.rfind("(") + 1 : -1]
    if hours := _HOURS.fullmatch(written):
        sign, count = ("-" if hours[1] == "+" else "+"), int(hours[2])
        written = f"etc/gmt{sign}{count}" if count else "etc/utc"
    names = zone_names()
    known = names.get(written) or names.get(written.replace(" ", "_"))
    known = known or _windows_zones().get(written)
    return ZoneInfo(known) if known else None


@cache
def _windows_zones() -> dict[str, str]:
    return {name.casefold(): zone for name, zone in get_global("windows_zone_mapping").items()}


@lru_cache(maxsize=4_096)
def zone_of(country: str, state: str | None) -> str | None:
    """The zone of a place; None where a country spreads over several and the state is not known."""
    by_state = _zones_of_states()
    if state and (country, state) in by_state:
        return by_state[country, state]
    if country in _MAIN_ZONE:
        return _MAIN_ZONE[country]
    zones = _zones_of_countries().get(country, ())
    return zones[0] if len(zones) == 1 else None


@lru_cache(maxsize=1_024)
def offset_steps(zone: str, year: int) -> Steps | None:
    """(from_ms, offset_minutes) from the year before ``year`` to ten years after it.

    The first step reaches back for ever. None if there is no such zone.
    """
    found = read_zone(zone)
    if found is None:
        return None
    at = datetime(year - _YEARS_BEFORE, 1, 1, tzinfo=UTC)
    end = datetime(year + _YEARS_AHEAD + 1, 1, 1, tzinfo=UTC)
    steps = [(FAR_PAST_MS, _minutes(at, found))]
    while at < end:
        following = at + timedelta(days=1)
        if _minutes(following, found) != steps[-1][1]:
            changed = _change_between(at, following, found)
            steps.append((int(changed.timestamp()) * 1000, _minutes(changed, found)))
        at = following
    return tuple(steps)


def _change_between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    old = _minutes(before, zone)
    while after - before > timedelta(minutes=1):
        middle = before + timedelta(minutes=(after - before) // timedelta(minutes=2))
        if _minutes(middle, zone) == old:
            before = middle
        else:
            after = middle
    return after


def _minutes(at: datetime, zone: ZoneInfo) -> int:
    offset = at.astimezone(zone).utcoffset()
    return 0 if offset is None else round(offset / timedelta(minutes=1))


def steps_end_ms(year: int) -> int:
    """Until when :func:`offset_steps` of a year knows what changes."""
    return int(datetime(year + _YEARS_AHEAD + 1, 1, 1, tzinfo=UTC).timestamp()) * 1000


@cache
def _zones_of_states() -> dict[tuple[str, str], str]:
    return {
        (country, state): zone
        for (country, zone), states in _STATE_ZONES.items()
        for state in states.split()
    }


@cache
def _zones_of_countries() -> dict[str, list[str]]:
    zones: dict[str, list[str]] = defaultdict(list)
    table = importlib.resources.files("tzdata") / "zoneinfo" / "zone.tab"
    for line in table.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            zones[country].append(zone)
    return zones


@cache
def zone_names() -> dict[str, str]:
    """IANA names by their casefolded form."""
    names = (importlib.resources.files("tzdata") / "zones").read_text(encoding="utf-8").split()
    return {name.casefold(): name for name in names}
