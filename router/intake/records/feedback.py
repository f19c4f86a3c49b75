"""A CRM's feedback to its inbox record."""

from __future__ import annotations

from typing import Any

from router.core.model.events import ReadProblem
from router.intake.contract.feedback import Feedback
from router.intake.normalise.money import minor_units
from router.intake.normalise.vocabulary import read_word
from router.intake.time.timestamps import arrived_ms
from router.intake.wire.findings import Findings

_REASON_WORDS_MAX = 3
"""``lost to competitor`` is a reason; what is longer is a sentence, and may name somebody."""

_COPIED = ("assignment_id", "rep_id", "actor", "into_lead_id")


def feedback_record(feedback: Feedback, timestamp_ms: int, findings: Findings) -> dict[str, Any]:
    """The inbox record of checked feedback.

    Raises:
        FieldError: ``occurred_at`` is no time, or lies before 2000.
    """
    record: dict[str, Any] = {
        "kind": "feedback",
        "event_id": feedback["event_id"],
        "feedback_type": feedback["feedback_type"],
        "lead_id": feedback["lead_id"],
        "occurred_at_ms": arrived_ms(feedback["occurred_at"], timestamp_ms, findings),
    }
    for name in _COPIED:
        if value := feedback.get(name):
            record[name] = value
    if "@" in record.get("actor", ""):  # who did it decides nothing, so it costs no report
        findings.note("actor", ReadProblem.PERSONAL)
        del record["actor"]
    if amount := feedback.get("amount"):
        record["amount_minor"], record["amount_currency"] = minor_units(**amount)
    word = read_word(feedback.get("reason") or "")
    if word and word.count("_") < _REASON_WORDS_MAX:
        record["reason"] = word
    return record
