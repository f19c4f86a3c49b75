"""A lead event to its inbox record: normalised facts, and nothing readable about the person."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec
from msgspec import UNSET

from router.core.model.events import ReadProblem
from router.intake.normalise.company import (
    company_key,
    read_company_domain,
    read_employees,
)
from router.intake.normalise.dummies import is_dummy
from router.intake.normalise.email_address import NO_REPLY, read_email
from router.intake.normalise.money import minor_units, read_currency
from router.intake.normalise.phone import is_filler, read_phone
from router.intake.normalise.places.place import read_place
from router.intake.normalise.role import read_role
from router.intake.normalise.text import is_placeholder, tidy
from router.intake.normalise.vocabulary import read_industry, read_language, read_product, read_word
from router.intake.records.context import IntakeContext
from router.intake.records.patch import cleared_facts
from router.intake.records.personal_data_filter import impersonal
from router.intake.time.day_times import read_windows
from router.intake.time.timestamps import arrived_ms
from router.intake.time.zones import offsets_in, offsets_of
from router.intake.wire.findings import Findings
from router.intake.wire.lead_reader import Lead

Record = dict[str, Any]
Facts = dict[str, Any]


def lead_record(
    lead: Lead, timestamp_ms: int, context: IntakeContext, findings: Findings
) -> Record:
    """The inbox record of a checked lead event; what could not be read is in ``findings``.

    Raises:
        FieldError: ``occurred_at`` is no time, or lies before 2000.
    """
    facts = _facts(lead, timestamp_ms, context, findings)
    record: Record = {
        "kind": "lead",
        "event_id": lead.event_id,
        "event_type": lead.event_type,
        "lead_id": lead.lead_id,
        "occurred_at_ms": arrived_ms(lead.occurred_at, timestamp_ms, findings),
        "facts": facts,
    }
    if lead.event_type == "updated" and (
        cleared := cleared_facts(msgspec.to_builtins(lead), facts, findings)
    ):
        record["cleared"] = cleared
    return record


def _facts(lead: Lead, timestamp_ms: int, context: IntakeContext, findings: Findings) -> Facts:
    facts: Facts = {}
    if location := lead.location:
        _add_location(facts, location, findings)
    if contact := lead.contact:
        _add_contact(facts, contact, context, findings)
    _add_offset(facts, contact, timestamp_ms, findings)
    if company := lead.company:
        _add_company(facts, company, context, findings)
    if interest := lead.interest:
        _add_interest(facts, interest, findings)
    if campaign := lead.campaign:
        _add_campaign(facts, campaign, findings)
    if consent := lead.consent:
        _add_consent(facts, consent)
    _add_top(facts, lead, findings)
    _add_maps(facts, lead, findings)
    if findings:
        _add_kind(facts, lead, findings)
    return facts


def _add_kind(facts: Facts, lead: Lead, findings: Findings) -> None:
    """Make a form tool's test lead a test; what an update says of its address is no such word."""
    if lead.event_type == "updated":
        if facts.get("email_kind") == NO_REPLY:
            del facts["email_kind"]
    elif ReadProblem.DUMMY in findings.values():
        facts["test"] = True


def _note(findings: Findings, field: str, text: str) -> None:
    """Name a field whose text says nothing that is understood; empty text is nothing to say."""
    if not text.strip():
        return
    problem = ReadProblem.NOT_UNDERSTOOD
    if is_placeholder(text):
        problem = ReadProblem.PLACEHOLDER
    elif is_dummy(text):
        problem = ReadProblem.DUMMY
    findings.note(field, problem)


def _add_top(facts: Facts, lead: Lead, findings: Findings) -> None:
    if source := lead.lead_source:
        if word := read_word(source):
            facts["lead_source"] = word
        else:
            _note(findings, "lead_source", source)
    if request := lead.request:
        if word := read_word(request):
            facts["request"] = word
        else:
            _note(findings, "request", request)
    if expected := lead.expected_value:
        _add_money(facts, "expected_value", expected, "expected_value", findings)
    if rep_id := lead.sourced_by_rep_id:
        _add_text(facts, "sourced_by_rep_id", rep_id, "sourced_by_rep_id", findings)
    if rep_id := lead.owner_rep_id:
        _add_text(facts, "owner_rep_id", rep_id, "owner_rep_id", findings)
    if lead.test:
        facts["test"] = True
    if lead.do_not_route:
        facts["do_not_route"] = True


def _add_text(facts: Facts, fact: str, text: str, field: str, findings: Findings) -> None:
    if tidied := tidy(text):
        facts[fact] = tidied
    else:
        _note(findings, field, text)


def _add_money(facts: Facts, fact: str, money: Any, field: str, findings: Findings) -> None:
    currency = read_currency(money.currency)
    if currency is None:
        findings.note(f"{field}.currency", ReadProblem.UNKNOWN_CURRENCY)
        return
    facts[f"{fact}_minor"], facts[f"{fact}_currency"] = minor_units(money.amount, currency)


def _add_location(facts: Facts, location: Any, findings: Findings) -> None:
    found, problems = _location(
        location.country, location.state, location.postal_code, location.city
    )
    facts.update(found)
    for field, problem in problems:
        findings.note(field, problem)


@lru_cache(maxsize=16_384)
def _location(
    country: Any, state: Any, postal_code: Any, city: Any
) -> tuple[Facts, tuple[tuple[str, ReadProblem], ...]]:
    """Return the facts of a location, and what of it is not read: few are most that come."""
    facts: Facts = {}
    findings = Findings()
    place = read_place(
        _tidied(country, "location.country", findings),
        _tidied(state, "location.state", findings),
        _tidied(postal_code, "location.postal_code", findings),
    )
    if place.country:
        facts["country"] = place.country
    if place.state:
        facts["state"] = place.state
    if city:
        _add_text(facts, "city", city, "location.city", findings)
    if place.postal_code:
        facts["postal_code"] = place.postal_code
    for field, problem in place.problems:
        findings.note(field, ReadProblem(problem))
    return facts, tuple(findings.items())


def _tidied(text: Any, field: str, findings: Findings) -> str | None:
    """The text without what says nothing, which is noted; None if nothing is left."""
    if not text:
        return None
    tidied = tidy(text)
    if tidied is None:
        _note(findings, field, text)
    return tidied


def _add_contact(facts: Facts, contact: Any, context: IntakeContext, findings: Findings) -> None:
    if text := contact.email:
        _add_email(facts, text, context, findings)
    if text := contact.phone:
        _add_phone(facts, text, context, findings)
    if text := contact.job_title:
        if role := read_role(text):
            facts["role"] = role
        else:
            _note(findings, "contact.job_title", text)
    if text := contact.language:
        if language := read_language(text):
            facts["language"] = language
        else:
            _note(findings, "contact.language", text)
    if times := contact.preferred_times:
        _add_times(facts, times if isinstance(times, str) else ",".join(times), findings)


def _add_email(facts: Facts, text: str, context: IntakeContext, findings: Findings) -> None:
    address = read_email(text, context.mail_domains)
    if isinstance(address, tuple):
        mailbox, domain, kind = address
        facts["email_kind"] = kind
        if kind is NO_REPLY:  # shared by all who write from it
            findings.note("contact.email", ReadProblem.NO_REPLY)
        else:
            facts["email_digest"] = context.digester.email(mailbox)
            facts["email_domain"] = domain
    elif text.strip():
        findings.note("contact.email", address)


def _add_times(facts: Facts, pieces: str, findings: Findings) -> None:
    if windows := read_windows(pieces):
        facts["preferred_windows"] = windows
    else:
        _note(findings, "contact.preferred_times", pieces)


def _add_phone(facts: Facts, text: str, context: IntakeContext, findings: Findings) -> None:
    number = read_phone(text, facts.get("country"))
    if number is None:
        _note(findings, "contact.phone", text)
    elif is_filler(number):
        findings.note("contact.phone", ReadProblem.FILLER)
    else:
        facts["phone_digest"] = context.digester.phone(number)


def _add_offset(facts: Facts, contact: Any, timestamp_ms: int, findings: Findings) -> None:
    """The contact's own time zone, else that of the place; both facts go together."""
    offsets = None
    if contact and (zone := contact.time_zone):
        offsets = offsets_in(zone, timestamp_ms)
        if offsets is None:
            _note(findings, "contact.time_zone", zone)
    if offsets is None and (country := facts.get("country")):
        offsets = offsets_of(country, facts.get("state"), timestamp_ms)
    if offsets is not None:
        facts["utc_offset_minutes"], facts["utc_offset_steps"] = offsets


def _add_company(facts: Facts, company: Any, context: IntakeContext, findings: Findings) -> None:
    if text := company.name:
        if key := company_key(text):
            facts["company_key"] = key
        else:
            _note(findings, "company.name", text)
    if text := company.domain:
        if text == facts.get("email_domain") and facts["email_kind"] == "business":
            facts["company_domain"] = text  # most are, and it has been looked at
        else:
            _add_domain(facts, text, context, findings)
    if (employees := company.employees) is not None and employees is not UNSET:
        _add_employees(facts, employees, findings)
    if revenue := company.annual_revenue:
        _add_money(facts, "annual_revenue", revenue, "company.annual_revenue", findings)
    if text := company.industry:
        if industry := read_industry(text):
            facts["industry"] = industry
        else:
            _note(findings, "company.industry", text)


def _add_domain(facts: Facts, text: str, context: IntakeContext, findings: Findings) -> None:
    domain = read_company_domain(text, context.mail_domains)
    if domain.__class__ is str:
        facts["company_domain"] = domain
    elif isinstance(domain, ReadProblem):
        findings.note("company.domain", domain)
    else:
        _note(findings, "company.domain", text)


def _add_employees(facts: Facts, employees: int | str, findings: Findings) -> None:
    found = read_employees(employees) if isinstance(employees, str) else employees
    if isinstance(found, int):
        facts["employees"] = found
    elif found is not None:
        findings.note("company.employees", found)


def _add_interest(facts: Facts, interest: Any, findings: Findings) -> None:
    if text := interest.product:
        if product := read_product(text):
            facts["product"] = product
        else:
            _note(findings, "interest.product", text)
    if isinstance(quantity := interest.quantity, int):
        facts["quantity"] = quantity
    if text := interest.timeframe:
        if word := read_word(text):
            facts["timeframe"] = word
        else:
            _note(findings, "interest.timeframe", text)
    if segment := interest.segment:
        facts["segment"] = segment


def _add_campaign(facts: Facts, campaign: Any, findings: Findings) -> None:
    if (given := campaign.id) or given == 0:
        _add_text(facts, "campaign_id", str(given), "campaign.id", findings)
    if text := campaign.name:
        _add_text(facts, "campaign_name", text, "campaign.name", findings)
    if text := campaign.source:
        _add_text(facts, "campaign_source", text, "campaign.source", findings)
    if text := campaign.medium:
        _add_text(facts, "campaign_medium", text, "campaign.medium", findings)
    if text := campaign.event:
        _add_text(facts, "campaign_event", text, "campaign.event", findings)


def _add_consent(facts: Facts, consent: Any) -> None:
    if state := consent.email:
        facts["consent_email"] = state
    if state := consent.phone:
        facts["consent_phone"] = state
    if state := consent.sms:
        facts["consent_sms"] = state


def _add_maps(facts: Facts, lead: Lead, findings: Findings) -> None:
    if (scores := lead.scores) and (
        known := {name: score for name, score in scores.items() if score is not None}
    ):
        facts["scores"] = known
    if (custom := lead.custom) and (kept := impersonal(custom, findings)):
        facts["custom"] = kept
    if (external := lead.external_ids) and (
        ids := {
            system: text
            for system, value in external.items()
            if value is not None and (text := tidy(str(value)))
        }
    ):
        facts["external_ids"] = ids
