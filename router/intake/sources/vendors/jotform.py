"""Jotform's submissions: a form whose ``rawRequest`` holds the answers, ``q4_email`` for email."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from router.intake.sources.body import read_json
from router.intake.sources.found import Arrival, Found, Item, Options
from router.intake.sources.values import missing, object_of, text_of, without
from router.intake.wire.refusal import Rejected

_NUMBERED = re.compile(r"q[0-9]{1,6}_(.+)")


def split(body: Any, _arrival: Arrival, _options: Options) -> Iterator[Item]:
    """Yield the lead of a submission."""
    form = object_of(body)
    submission_id = text_of(form.get("submissionID"))
    if submission_id is None:
        yield missing("submissionID")
        return
    answers = form.get("rawRequest")
    if isinstance(answers, str):
        answers = read_json(answers.encode("utf-8", "replace"))
        if isinstance(answers, Rejected):
            yield Rejected(answers.reason, "rawRequest is not JSON")
            return
    ids = {"event_id": f"jotform-{submission_id}", "lead_id": f"jotform-{submission_id}"}
    yield Found(
        "leads",
        {"event_type": "submitted", **ids},
        {**without(form, "rawRequest"), **_named(object_of(answers))},
    )


def _named(answers: dict[str, Any]) -> dict[str, Any]:
    """Answers by the names of their questions, with and without the number."""
    named: dict[str, Any] = {}
    for key, value in answers.items():
        numbered = _NUMBERED.fullmatch(key)
        if numbered is not None:
            named.setdefault(numbered[1], _one(value))
    return {"answers": {**named, **answers}}


def _one(value: Any) -> Any:
    """A phone number comes as ``{"full": "…"}``, or as area and number."""
    if not isinstance(value, dict):
        return value
    if "area" in value and "phone" in value:
        parts = [text_of(value.get(name)) for name in ("country", "area", "phone")]
        return " ".join(part for part in parts if part)
    return value.get("full", value)
