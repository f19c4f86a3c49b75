"""Typeform's responses: answers by the reference of their question, hidden fields beside them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from router.intake.sources.found import Arrival, Found, Item, Options
from router.intake.sources.values import list_of, missing, object_of, text_of, unknown


def split(body: Any, _arrival: Arrival, _options: Options) -> Iterator[Item]:
    """Yield the lead of a response."""
    event = object_of(body)
    if event.get("event_type") != "form_response":
        yield unknown("event_type must be form_response")
        return
    response = object_of(event.get("form_response"))
    token = text_of(response.get("token"))
    if token is None:
        yield missing("form_response.token")
        return
    event_id = text_of(event.get("event_id")) or token
    fields = {
        "event_type": "submitted",
        "event_id": f"typeform-{event_id}",
        "lead_id": f"typeform-{token}",
    }
    yield Found("leads", fields, {**response, **_answers(response)})


def _answers(response: dict[str, Any]) -> dict[str, Any]:
    """``answers`` by the question's ref and id, ``first`` by the kind of answer."""
    answers: dict[str, Any] = {}
    first: dict[str, Any] = {}
    for answer in list_of(response.get("answers")):
        kind = text_of(object_of(answer).get("type"))
        if kind is None:
            continue
        value = _value(answer.get(kind))
        first.setdefault(kind, value)
        question = object_of(answer.get("field"))
        for name in (text_of(question.get("ref")), text_of(question.get("id"))):
            if name is not None:
                answers.setdefault(name, value)
    return {"answers": answers, "first": first}


def _value(given: Any) -> Any:
    """A choice is its label, several are one text."""
    if not isinstance(given, dict):
        return given
    labels = [label for label in list_of(given.get("labels")) if isinstance(label, str)]
    return ", ".join(labels) or given.get("label") or given.get("other")
