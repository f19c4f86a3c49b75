"""LinkedIn's lead forms: the webhook names a response, and what was fetched of it is answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from router.intake.sources.found import Arrival, Fetch, Found, Item, Options
from router.intake.sources.values import (
    list_of,
    missing,
    object_of,
    text_of,
    time_of,
    unknown,
    whole_of,
    without,
)

_ACTIONS = ("CREATED", "UPDATED", "DELETED")


def split(body: Any, arrival: Arrival, _options: Options) -> Iterator[Item]:
    """Yield the response that a webhook names, to be fetched, or that was fetched."""
    lead = object_of(body)
    if "formResponse" in lead:
        yield _fetched(lead, arrival.received_ms)
    elif lead.get("type") != "LEAD_ACTION" or lead.get("leadAction") not in _ACTIONS:
        yield unknown("type must be LEAD_ACTION, and leadAction CREATED, UPDATED or DELETED")
    else:
        yield _named(lead, arrival.received_ms)


def _named(lead: dict[str, Any], received_ms: int) -> Item:
    urn = text_of(lead.get("leadGenFormResponse"))
    if urn is None:
        return missing("leadGenFormResponse")
    response_id = urn.rpartition(":")[2]
    at_ms = whole_of(lead.get("occurredAt"))
    if lead["leadAction"] != "DELETED":
        return Fetch("leadFormResponse", response_id, received_ms if at_ms is None else at_ms)
    fields = {
        "event_type": "withdrawn",
        "event_id": f"linkedin-{response_id}-deleted",
        "lead_id": f"linkedin-{response_id}",
        "occurred_at": time_of(at_ms, received_ms),
    }
    return Found("leads", fields)


def _fetched(lead: dict[str, Any], received_ms: int) -> Item:
    response_id = text_of(lead.get("id"))
    if response_id is None:
        return missing("id")
    response_id = response_id.rpartition(":")[2]
    fields: dict[str, Any] = {
        "event_type": "submitted",
        "event_id": f"linkedin-{response_id}",
        "lead_id": f"linkedin-{response_id}",
        "occurred_at": time_of(whole_of(lead.get("submittedAt")), received_ms),
    }
    if lead.get("testLead") is True:
        fields["test"] = True
    return Found(
        "leads", fields, {**without(lead, "formResponse", "form"), "answers": _answers(lead)}
    )


def _answers(lead: dict[str, Any]) -> dict[str, Any]:
    """Answers by the predefined name of their question, else by its id."""
    content = object_of(object_of(lead.get("form")).get("content"))
    names = {
        text_of(object_of(question).get("questionId")): object_of(question).get("predefinedField")
        for question in list_of(content.get("questions"))
    }
    found: dict[str, Any] = {}
    for answer in list_of(object_of(lead["formResponse"]).get("answers")):
        question_id = text_of(object_of(answer).get("questionId"))
        details = object_of(object_of(answer).get("answerDetails"))
        name = text_of(names.get(question_id)) or question_id
        if name is not None:
            found.setdefault(name, object_of(details.get("textQuestionAnswer")).get("answer"))
    return found
