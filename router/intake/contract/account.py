"""The account: a customer or target company and who owns it (topic ``accounts``)."""

from __future__ import annotations

from typing import Annotated, Required

from pydantic import Field, with_config
from typing_extensions import TypedDict

from router.intake.contract.scalars import (
    LIST_MAX,
    STRICT,
    Count,
    Identifier,
    Money,
    Text,
    Word,
)


@with_config(STRICT)
class Account(TypedDict, total=False):
    """An account. A later one replaces an earlier one whole; a null value removes it.

    The record's key is the ``account_id``; for a null value outside the default sales org, a
    header ``sales_org`` names it.
    """

    account_id: Required[Identifier]
    sales_org: Word | None
    name: Text | None
    domains: Annotated[list[Text], Field(max_length=LIST_MAX)] | None
    parent_id: Identifier | None
    owner_rep_id: Identifier | None
    tier: Word | None
    country: Text | None
    employees: Count | Word | None
    annual_revenue: Money | None
    segment: Word | None
