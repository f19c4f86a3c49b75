"""A published policy to its inbox record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from router.core.model.policy import Policy
from router.core.search.expected_value import MINOR_MAX
from router.intake.contract.policy import PolicyDocument
from router.intake.policy.codec import policy_to_plain
from router.intake.policy.scalars import DURATION_MS_MAX, MINUTE_MS
from router.intake.policy.sections.clocks import CLOCK_MS_MAX
from router.intake.policy.sections.fallbacks import UNACCEPTED_MAX
from router.intake.records.personal_data_filter import looked_over
from router.intake.wire.refusal import FieldError

_DURATIONS: Final = (0, DURATION_MS_MAX)
_NUMBERS: Final = (-MINOR_MAX, MINOR_MAX)
"""Beyond every amount and sum of points; what is made of such a number fits a changelog record."""
_BOUNDS: Final = {
    "effective_from_ms": (-62_135_596_800_000, 253_402_300_799_999),  # years 1 to 9999
    "half_life_ms": (MINUTE_MS, DURATION_MS_MAX),
}


def policy_record(document: PolicyDocument) -> dict[str, Any]:
    """The inbox record of a policy; its text stays in the topic.

    Raises:
        FieldError: ``compiled`` is no policy, none that route can work with, or not the one that
            the document names; the id is an e-mail address or has control characters.
    """
    looked_over({"policy_id": document["policy_id"]})  # the rest of a policy is not personal
    try:
        policy = msgspec.convert(document["compiled"], Policy, strict=True)
    except (msgspec.ValidationError, ValueError) as error:
        place = str(error).rpartition(" - at ")[2].strip("`$.") if " - at " in str(error) else ""
        field = f"compiled.{place}" if place else "compiled"
        raise FieldError(field, "is not as the compiler writes it: publish it again") from None
    if (policy.policy_id, policy.version) != (document["policy_id"], document["version"]):
        raise FieldError("compiled", "is another policy or version than the document says")
    _check_bounds(policy)
    return {"kind": "policy", "policy": policy}


def _check_bounds(policy: Policy) -> None:
    """What the types leave open, the compiler never writes, and every lead would suffer from."""
    if not policy.bands:
        raise FieldError("compiled.bands", "must not be empty: publish it again")
    if not 1 <= policy.backlog.unaccepted <= UNACCEPTED_MAX:
        raise FieldError("compiled.backlog", "has unaccepted out of bounds: publish it again")
    for sla in policy.sla.values():
        for clock_ms in (sla.accept_ms, sla.contact_ms, sla.remind_ms):
            if clock_ms is not None and not 0 <= clock_ms <= CLOCK_MS_MAX:
                raise FieldError("compiled.sla", "has a clock longer than a year: publish it again")
    for name, number in _numbers_in(policy_to_plain(policy)):
        least, most = _BOUNDS.get(name, _DURATIONS if name.endswith("_ms") else _NUMBERS)
        if not least <= number <= most:
            raise FieldError("compiled", f"has {name} out of bounds: publish it again")


def _numbers_in(part: Any, name: str = "a number") -> Iterator[tuple[str, int]]:
    """Every whole number with the name of the field that holds it, wherever it stands."""
    if isinstance(part, dict):
        for inner_name, inner in part.items():
            yield from _numbers_in(inner, inner_name)
    elif isinstance(part, list | tuple):
        for inner in part:
            yield from _numbers_in(inner, name)
    elif isinstance(part, int):
        yield name, part
