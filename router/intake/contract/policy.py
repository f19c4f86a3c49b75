"""A published policy: the text that people wrote, and its compiled form (topic ``policies``)."""

from __future__ import annotations

from typing import Annotated, Required

from pydantic import Field, with_config
from typing_extensions import TypedDict

from router.intake.contract.scalars import STRICT, Identifier, Timestamp, Word


@with_config(STRICT)
class PolicyDocument(TypedDict, total=False):
    """One version of a policy. ``compiled`` is what decides, ``source`` is for people."""

    policy_id: Required[Identifier]
    version: Required[Annotated[int, Field(ge=1, le=2**31)]]
    sales_org: Word | None
    published_at: Required[Timestamp]
    source: Required[Annotated[str, Field(max_length=200_000)]]
    """The YAML file."""
    compiled: Required[dict[str, object]]
    """The policy, checked and compiled."""
