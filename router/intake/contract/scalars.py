"""The scalar types of the public contract: every text has a length, every number a bound.

Messages are typed dictionaries checked by pydantic. That costs half as much as models do for a
lead, and keeps an absent field apart from a null one, which a merge patch needs.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints, WithJsonSchema, with_config
from typing_extensions import TypedDict

STRICT = ConfigDict(
    strict=True,
    extra="ignore",
    hide_input_in_errors=True,  # inputs are personal data; errors go into headers and logs
    use_attribute_docstrings=True,
)

NAMES_MAX = 50
"""Entries of any map that a sender fills freely: scores, custom fields, external ids."""

LIST_MAX = 200

NUMBER_MAX = 2**53 - 1
"""The largest whole number that every JSON reader keeps exact (RFC 8259, section 6)."""

# Checked once over the whole inbox record (router.intake.records.personal_data_filter): a pattern
# for each id would cost a quarter of all checks of a lead.
_NO_CONTROLS = Field(json_schema_extra={"pattern": r"^[^\x00-\x1f]+$"})

Identifier = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128), _NO_CONTROLS
]
"""An id of any system, without control characters. An e-mail address is refused."""

Text = Annotated[str, StringConstraints(max_length=256)]
"""Free text of a form; empty is the same as null."""

Word = Annotated[str, StringConstraints(max_length=64)]
"""One of a few values that people agree on; case and spaces do not matter."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=64), _NO_CONTROLS]
"""The name of a score, a custom field or another system."""

Timestamp = Annotated[
    str,
    StringConstraints(min_length=20, max_length=40),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""RFC 3339 with its offset: ``2026-11-23T09:30:00Z``."""

Day = Annotated[
    str,
    StringConstraints(min_length=10, max_length=40),
    WithJsonSchema({"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}),
]
"""A local date (``2026-12-24``), or an exact time in RFC 3339."""

Number = (
    Annotated[int, Field(ge=-NUMBER_MAX, le=NUMBER_MAX)]
    | Annotated[float, Field(ge=-NUMBER_MAX, le=NUMBER_MAX)]
)

WholeId = Annotated[int, Field(ge=0, le=2**63 - 1)]
"""An id that a system writes as a number."""

Count = Annotated[int, Field(ge=0, le=1_000_000_000)]

CustomScalar = Annotated[str, StringConstraints(max_length=512)] | bool | Number | None

_DECIMAL = r"^([0-9]{1,13}(\.([0-9]{1,2}|[0-9]{4,6}))?|(0|[0-9]{4,13})\.[0-9]{3})$"
"""Not ``1.234``, which may be either; the forgiving reader asks the currency."""

Amount = (
    Annotated[int, Field(ge=0, le=10**12)]
    | Annotated[float, Field(ge=0, le=10**12)]
    | Annotated[str, StringConstraints(pattern=_DECIMAL)]
)

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{3}$")]
"""ISO 4217."""


@with_config(STRICT)
class Money(TypedDict):
    """An amount in major units (12.50 euros) and its currency."""

    amount: Amount
    """A number, or a decimal in text where a sender keeps exact decimals that way."""
    currency: Currency
    """ISO 4217: EUR."""
