"""``when`` of a policy: the fields it may name, and tests of their values.

A ``when`` that is asked of every lead is answered with all others at once, see
:mod:`router.core.compiled.condition_index`; one that is asked seldom is made a function by
:func:`compile_when`.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from router.core.model.events import Facts, RosterEntry
from router.core.model.policy import Test, When

Predicate = Callable[[Any], bool]
Getter = Callable[[Any], Any]
ValueTest = Callable[[Any], bool]

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


def _of_account(name: str) -> Getter:
    return lambda view: getattr(view.account, name) if view.account is not None else None


def _of_map(map_name: str, key: str) -> Getter:
    def get(view: Any) -> object:
        mapping = getattr(view.facts, map_name)
        return mapping.get(key) if mapping else None

    return get


def fact_of_field(name: str) -> str | None:
    """The attribute of :class:`Facts` that a field reads; None when it reads something else."""
    if name in _VIEW_FIELDS or name.partition(".")[0] in {"custom", "scores", "account"}:
        return None
    fact = _FACT_NAMES.get(name, name.replace(".", "_"))
    return fact if fact in Facts.__dataclass_fields__ else None


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
    fact = fact_of_field(name)
    if fact is None:
        raise KeyError(name)
    return attrgetter(f"facts.{fact}")


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


def compile_test(test: Test) -> ValueTest:
    """Whether a value of the field fits any of the test's values, starts and ranges.

    Of a list, one fitting item is enough; a value that is not known fits nothing.
    """
    values, prefixes, ranges = frozenset(test.values), test.prefixes, test.ranges

    def fits_one(value: Any) -> bool:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return text_of(value) in values or _in_ranges(ranges, value)
        text = text_of(value)
        return text in values or (bool(prefixes) and text.startswith(prefixes))

    def fits(value: Any) -> bool:
        if value is None:
            return False
        if isinstance(value, list):
            return any(fits_one(one) for one in value)
        return fits_one(value)

    return fits


def _in_ranges(ranges: tuple[tuple[int | None, int | None], ...], number: float) -> bool:
    return any(
        (low is None or number >= low) and (high is None or number <= high) for low, high in ranges
    )


def compile_when(when: When, field_of: Callable[[str], Getter] = lead_field) -> Predicate:
    """One function that is true when every test of ``when`` holds.

    Raises:
        KeyError: a test names a field that does not exist.
    """
    checks = [(field_of(test.field), compile_test(test)) for test in when]
    return lambda view: all(fits(get(view)) for get, fits in checks)
