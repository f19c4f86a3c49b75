"""The fields that a ``when`` may name, and how the values of each are written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from router.intake.normalise.vocabulary import read_industry, read_language, read_word

Kind = Literal["text", "number", "money", "truth", "country", "state", "free", "ref"]
"""``free`` may be text or number, as a form sent it; ``ref`` names something of this file."""


@dataclass(frozen=True, slots=True)
class FieldForm:
    """How values of a field are written.

    ``known`` are all values there are (anything else is an error), ``usual`` those that intake
    itself sets (anything else is a warning), ``ref`` what it names: ``market``, ``band``,
    ``product``, ``territory``. ``spell`` is what intake does to the same text in a lead, so that
    both sides meet in one spelling.
    """

    kind: Kind = "text"
    known: tuple[str, ...] = ()
    usual: tuple[str, ...] = ()
    ref: str = ""
    spell: Callable[[str], str | None] | None = None


def _postal_code(text: str) -> str:
    return "".join(text.split())


TEXT = FieldForm()
WORD = FieldForm(spell=read_word)
LANGUAGE = FieldForm(spell=read_language)
NUMBER = FieldForm("number")
MONEY = FieldForm("money")
TRUTH = FieldForm("truth")
COUNTRY = FieldForm("country")
CONSENT = FieldForm(known=("granted", "denied", "unknown"))
SEGMENT = FieldForm(known=("b2b", "b2c"))
CHANNEL = FieldForm(known=("field", "inside"))

HANDOFF_FEEDBACK = ("qualified", "won")
"""What the CRM reports that a policy may hand over on; ``handoff_requested`` always does."""

LEAD_FIELDS: dict[str, FieldForm] = {
    "role": FieldForm(usual=("c_level", "vp", "director", "manager", "staff")),
    "language": LANGUAGE,
    "email_domain": TEXT,
    "email_kind": FieldForm(usual=("business", "free_mail", "disposable", "no_reply")),
    "company_domain": TEXT,
    "employees": NUMBER,
    "annual_revenue": MONEY,
    "industry": FieldForm(spell=read_industry),
    "country": COUNTRY,
    "state": FieldForm("state"),
    "city": TEXT,
    "postal_code": FieldForm(spell=_postal_code),
    "request": WORD,
    "product": FieldForm("ref", ref="product"),
    "quantity": NUMBER,
    "timeframe": WORD,
    "segment": SEGMENT,
    "lead_source": WORD,
    "expected_value": MONEY,
    "campaign.id": TEXT,
    "campaign.name": TEXT,
    "campaign.source": TEXT,
    "campaign.medium": TEXT,
    "campaign.event": TEXT,
    "consent.email": CONSENT,
    "consent.phone": CONSENT,
    "consent.sms": CONSENT,
    "sourced_by_rep_id": TEXT,
    "owner_rep_id": TEXT,
    "test": TRUTH,
    "do_not_route": TRUTH,
    "account.known": TRUTH,
    "account.tier": WORD,
    "account.segment": SEGMENT,
    "account.country": COUNTRY,
    "account.employees": NUMBER,
    "account.annual_revenue": MONEY,
    "market": FieldForm("ref", ref="market"),
    "value": MONEY,
    "score": NUMBER,
    "band": FieldForm("ref", ref="band"),
    "sla.missed": NUMBER,
}

MEMBER_FIELDS: dict[str, FieldForm] = {
    "role": WORD,
    "rep_id": TEXT,
    "seniority": WORD,
    "territory": FieldForm("ref", ref="territory"),
    "skill": TEXT,
    "language": LANGUAGE,
    "channel": CHANNEL,
}

HANDOFF_FIELDS: dict[str, FieldForm] = {
    **LEAD_FIELDS,
    "feedback": FieldForm(known=HANDOFF_FEEDBACK),
}

NOT_IN_SCORE = frozenset({"score", "band", "value", "sla.missed"})
"""Known only after the score: a line of the score cannot ask for them."""

SCORE_FIELDS = {name: form for name, form in LEAD_FIELDS.items() if name not in NOT_IN_SCORE}

OPEN_PREFIXES: dict[str, FieldForm] = {"custom.": FieldForm("free"), "scores.": NUMBER}


def form_of(name: str, fields: dict[str, FieldForm]) -> FieldForm | None:
    """How ``name`` is written, or None if there is no such field here."""
    if name in fields:
        return fields[name]
    if fields is MEMBER_FIELDS:
        return None
    for prefix, form in OPEN_PREFIXES.items():
        if name.startswith(prefix) and len(name) > len(prefix):
            return form
    return None
