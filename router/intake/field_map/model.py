"""A field map as data: rules by target, each with the places of its value and how it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

from router.intake.field_map.paths import Path

Scalar = str | int | bool | None
MapRole = Literal["leads", "activity", "feedback"]
Reading = Literal["text", "lower", "number", "salesforce_id"]
DateForm = Literal["iso", "ymd", "mdy", "dmy", "epoch_s", "epoch_ms"]


@dataclass(frozen=True, slots=True)
class Rule:
    """The filling of one field of ours: the first of ``sources`` that holds something, else
    ``constant``.

    ``table`` holds words in lower case; a word that is not in it is ``otherwise``, or goes on as
    it is.
    """  # noqa: D205 - one sentence

    target: str
    sources: tuple[Path, ...] = ()
    constant: Scalar = None
    reading: Reading | None = None
    date: DateForm | None = None
    unit: Decimal | None = None
    table: Mapping[str, Scalar] | None = None
    otherwise: Scalar = None
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class FieldMap:
    """``rules`` are by the place in our record that they fill.

    ``each`` is where the records stand in a body; the body itself is one without it.
    """

    rules: Mapping[str, Rule] = field(default_factory=dict)
    role: MapRole = "leads"
    each: Path | None = None

    def over(self, other: FieldMap) -> FieldMap:
        """This map, and the rules of ``other`` for fields that it leaves alone."""
        return replace(self, rules={**other.rules, **self.rules}, each=self.each or other.each)
