"""``when`` of a policy, made into functions once, asked for every lead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from router.core.events import Account, Facts, RosterEntry
from router.core.policy import Test, When


@dataclass(slots=True)
class View:
    """What a condition can see of a lead."""

    facts: Facts
    account: Account | None = None
    market: str | None = None
    value_minor: int | None = None  # unknown is neither small nor large
    points: int = 0
    band: str | None = None
    missed: int = 0
    feedback: str | None = None


Predicate = Callable[[Any], bool]
Getter = Callable[[Any], Any]

_VIEW_FIELDS: dict[str, Getter] = {
    "market": attrgetter("market"),
    "value": attrgetter("value_minor"),
    "score": attrgetter("points"),
    "band": attrgetter("band"),
    "sla.missed": attrgetter("missed"),
    "feedback": attrgetter("feedback"),
    "account.known": lambda view: view.account is not None,
}

_FACT_NAMES = {
    "annual_revenue": "annual_revenue_minor",
    "expected_value": "expected_value_minor",
}


def _of_fact(name: str) -> Getter:
    return attrgetter(f"facts.{name}")


def _of_account(name: str) -> Getter:
    return lambda view: getattr(view.account, name) if view.account is not None else None


def _of_map(map_name: str, key: str) -> Getter:
    def get(view: View) -> object:
        mapping = getattr(view.facts, map_name)
        return mapping.get(key) if mapping else None

    return get


def lead_field(name: str) -> Getter:
    """How to read a field that a lead's ``when`` may name.

    Raises:
        KeyError: there is no such field.
    """
    if name in _VIEW_FIELDS:
        return _VIEW_FIELDS[name]
    head, _, rest = name.partition(".")
    if head in {"custom", "scores"} and rest:
        return _of_map(head, rest)
    if head == "account" and rest:
        return _of_account("annual_revenue_minor" if rest == "annual_revenue" else rest)
    fact = _FACT_NAMES.get(name, name.replace(".", "_"))
    if fact not in Facts.__dataclass_fields__:
        raise KeyError(name)
    return _of_fact(fact)


_REP_FIELDS: dict[str, Callable[[RosterEntry], Any]] = {
    "role": lambda rep: rep.role,
    "rep_id": lambda rep: rep.rep_id,
    "seniority": lambda rep: rep.seniority,
    "territory": lambda rep: rep.territories,
    "skill": lambda rep: rep.skills,
    "language": lambda rep: rep.languages,
    "channel": lambda rep: rep.channels,
}


def rep_field(name: str) -> Getter:
    """How to read a field that ``members`` of a pool may name.

    Raises:
        KeyError: there is no such field.
    """
    return _REP_FIELDS[name]


def text_of(value: object) -> str:
    """A value as policies write it: casefolded, booleans in words."""
    if value is True:
        return "true"
    if value is False:
        return "false"
    return str(value).casefold()


def _matches_text(values: frozenset[str], prefixes: tuple[str, ...], text: str) -> bool:
    return text in values or (bool(prefixes) and text.startswith(prefixes))


def _matches_range(ranges: tuple[tuple[int | None, int | None], ...], number: float) -> bool:
    return any(
        (low is None or number >= low) and (high is None or number <= high) for low, high in ranges
    )


def _compile_test(test: Test, get: Getter) -> Predicate:
    values, prefixes, ranges = frozenset(test.values), test.prefixes, test.ranges
    if ranges and not values and not prefixes:
        if len(ranges) == 1:
            return _one_range(get, *ranges[0])
        return lambda view: (
            isinstance(value := get(view), int | float) and _matches_range(ranges, value)
        )
    if not ranges and not prefixes:
        return _one_of(get, values)

    def any_of(view: object) -> bool:
        value = get(view)
        if value is None:
            return False
        if isinstance(value, list):
            return any(_matches_text(values, prefixes, text_of(one)) for one in value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return text_of(value) in values or _matches_range(ranges, value)
        return _matches_text(values, prefixes, text_of(value))

    return any_of


def _one_range(get: Getter, low: int | None, high: int | None) -> Predicate:
    bottom = float("-inf") if low is None else low
    top = float("inf") if high is None else high

    def in_range(view: object) -> bool:
        value = get(view)
        if value.__class__ is int:
            return bool(bottom <= value <= top)
        return isinstance(value, float) and bottom <= value <= top

    return in_range


def _one_of(get: Getter, values: frozenset[str]) -> Predicate:
    def is_one(view: object) -> bool:
        value = get(view)
        if value is None:
            return False
        if value.__class__ is str:
            return value.casefold() in values
        if isinstance(value, list):
            return any(text_of(one) in values for one in value)
        return text_of(value) in values

    return is_one


def _always(_: object) -> bool:
    return True


def compile_when(when: When, field_of: Callable[[str], Getter] = lead_field) -> Predicate:
    """One function that is true when every test of ``when`` holds.

    Raises:
        KeyError: a test names a field that does not exist.
    """
    checks = [_compile_test(test, field_of(test.field)) for test in when]
    if not checks:
        return _always
    if len(checks) == 1:
        return checks[0]
    if len(checks) == 2:  # noqa: PLR2004  # the commonest case, without a loop
        first, second = checks
        return lambda view: first(view) and second(view)
    return lambda view: all(check(view) for check in checks)
