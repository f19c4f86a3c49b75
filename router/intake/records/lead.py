"""A lead event to its inbox record: normalised facts, and nothing readable about the person."""

from __future__ import annotations

from typing import Any

import msgspec

from router.intake.normalise.company import company_key, read_domain, read_employees
from router.intake.normalise.email_address import read_email
from router.intake.normalise.money import minor_units
from router.intake.normalise.phone import is_filler, read_phone
from router.intake.normalise.place import read_place
from router.intake.normalise.role import read_role
from router.intake.normalise.vocabulary import read_industry, read_language, read_product, read_word
from router.intake.records.context import IntakeContext
from router.intake.records.patch import cleared_facts
from router.intake.records.personal_data_filter import impersonal
from router.intake.time.day_times import read_windows
from router.intake.time.timestamps import event_ms
from router.intake.time.zones import offsets_in, offsets_of
from router.intake.wire.lead_reader import Lead

Record = dict[str, Any]
Facts = dict[str, Any]


def lead_record(lead: Lead, timestamp_ms: int, context: IntakeContext) -> Record:
    """The inbox record of a checked lead event.

    Raises:
        FieldError: ``occurred_at`` is no time, or an unlikely one.
    """
    facts = _facts(lead, timestamp_ms, context)
    record: Record = {
        "kind": "lead",
        "event_id": lead.event_id,
        "event_type": lead.event_type,
        "lead_id": lead.lead_id,
        "occurred_at_ms": event_ms(lead.occurred_at, "occurred_at", timestamp_ms),
        "facts": facts,
    }
    if lead.event_type == "updated" and (
        cleared := cleared_facts(msgspec.to_builtins(lead), facts)
    ):
        record["cleared"] = cleared
    return record


def _facts(lead: Lead, timestamp_ms: int, context: IntakeContext) -> Facts:
    facts: Facts = {}
    if location := lead.location:
        _add_location(facts, location)
    if contact := lead.contact:
        _add_contact(facts, contact, context)
    _add_offset(facts, contact, timestamp_ms)
    if company := lead.company:
        _add_company(facts, company)
    if interest := lead.interest:
        _add_interest(facts, interest)
    if campaign := lead.campaign:
        _add_campaign(facts, campaign)
    if consent := lead.consent:
        _add_consent(facts, consent)
    _add_top(facts, lead)
    _add_maps(facts, lead)
    return facts


def _add_top(facts: Facts, lead: Lead) -> None:
    if (source := lead.lead_source) and (word := read_word(source)):
        facts["lead_source"] = word
    if (request := lead.request) and (word := read_word(request)):
        facts["request"] = word
    if expected := lead.expected_value:
        minor, currency = minor_units(expected.amount, expected.currency)
        facts["expected_value_minor"], facts["expected_value_currency"] = minor, currency
    if rep_id := lead.sourced_by_rep_id:
        facts["sourced_by_rep_id"] = rep_id
    if rep_id := lead.owner_rep_id:
        facts["owner_rep_id"] = rep_id
    if lead.test:
        facts["test"] = True
    if lead.do_not_route:
        facts["do_not_route"] = True


def _add_location(facts: Facts, location: Any) -> None:
    place = read_place(location.country, location.state, location.postal_code)
    if place.country:
        facts["country"] = place.country
    if place.state:
        facts["state"] = place.state
    if (text := location.city) and (city := text.strip()):
        facts["city"] = city
    if place.postal_code:
        facts["postal_code"] = place.postal_code


def _add_contact(facts: Facts, contact: Any, context: IntakeContext) -> None:
    if (text := contact.email) and (address := read_email(text)):
        mailbox, domain, kind = address
        facts["email_digest"] = context.digester.email(mailbox)
        facts["email_domain"] = domain
        facts["email_kind"] = kind
    number = read_phone(text, facts.get("country")) if (text := contact.phone) else None
    if number and not is_filler(number):
        facts["phone_digest"] = context.digester.phone(number)
    if (text := contact.job_title) and (role := read_role(text)):
        facts["role"] = role
    if (text := contact.language) and (language := read_language(text)):
        facts["language"] = language
    if times := contact.preferred_times:
        pieces = times if isinstance(times, str) else ",".join(times)
        if windows := read_windows(pieces):
            facts["preferred_windows"] = windows


def _add_offset(facts: Facts, contact: Any, timestamp_ms: int) -> None:
    """The contact's own time zone, else that of the place; both facts go together."""
    offsets = None
    if contact and (zone := contact.time_zone):
        offsets = offsets_in(zone, timestamp_ms)
    if offsets is None and (country := facts.get("country")):
        offsets = offsets_of(country, facts.get("state"), timestamp_ms)
    if offsets is not None:
        facts["utc_offset_minutes"], facts["utc_offset_steps"] = offsets


def _add_company(facts: Facts, company: Any) -> None:
    if (text := company.name) and (key := company_key(text)):
        facts["company_key"] = key
    if (text := company.domain) and (domain := read_domain(text)):
        facts["company_domain"] = domain
    employees = company.employees
    if isinstance(employees, str):
        employees = read_employees(employees)
    if isinstance(employees, int):
        facts["employees"] = employees
    if revenue := company.annual_revenue:
        minor, currency = minor_units(revenue.amount, revenue.currency)
        facts["annual_revenue_minor"], facts["annual_revenue_currency"] = minor, currency
    if (text := company.industry) and (industry := read_industry(text)):
        facts["industry"] = industry


def _add_interest(facts: Facts, interest: Any) -> None:
    if (text := interest.product) and (product := read_product(text)):
        facts["product"] = product
    if isinstance(quantity := interest.quantity, int):
        facts["quantity"] = quantity
    if (text := interest.timeframe) and (word := read_word(text)):
        facts["timeframe"] = word
    if segment := interest.segment:
        facts["segment"] = segment


def _add_campaign(facts: Facts, campaign: Any) -> None:
    if (given := campaign.id) or given == 0:
        facts["campaign_id"] = str(given)
    if text := campaign.name:
        facts["campaign_name"] = text
    if text := campaign.source:
        facts["campaign_source"] = text
    if text := campaign.medium:
        facts["campaign_medium"] = text
    if text := campaign.event:
        facts["campaign_event"] = text


def _add_consent(facts: Facts, consent: Any) -> None:
    if state := consent.email:
        facts["consent_email"] = state
    if state := consent.phone:
        facts["consent_phone"] = state
    if state := consent.sms:
        facts["consent_sms"] = state


def _add_maps(facts: Facts, lead: Lead) -> None:
    if (scores := lead.scores) and (
        known := {name: score for name, score in scores.items() if score is not None}
    ):
        facts["scores"] = known
    if (custom := lead.custom) and (kept := impersonal(custom)):
        facts["custom"] = kept
    if (external := lead.external_ids) and (
        ids := {system: str(value) for system, value in external.items() if value not in (None, "")}
    ):
        facts["external_ids"] = ids
