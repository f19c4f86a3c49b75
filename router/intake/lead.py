"""A lead event to its inbox record: normalised facts, and nothing readable about the person."""

from __future__ import annotations

from typing import Any

from router.intake.company import company_key, read_domain, read_employees
from router.intake.context import IntakeContext
from router.intake.contract.lead import Campaign, Company, Contact, Interest, LeadEvent, Location
from router.intake.country import read_country
from router.intake.day_times import read_windows
from router.intake.email_address import read_email
from router.intake.last_look import is_personal
from router.intake.money import minor_units
from router.intake.patch import cleared_facts
from router.intake.phone import read_phone
from router.intake.role import read_role
from router.intake.state import read_state
from router.intake.timestamps import event_ms
from router.intake.words import read_industry, read_language, read_product, read_word
from router.intake.zones import offset_minutes, zone_of

Record = dict[str, Any]
Facts = dict[str, Any]

_CAMPAIGN_FACTS = (
    ("id", "campaign_id"),
    ("name", "campaign_name"),
    ("source", "campaign_source"),
    ("medium", "campaign_medium"),
    ("event", "campaign_event"),
)


def lead_record(lead: LeadEvent, timestamp_ms: int, context: IntakeContext) -> Record:
    """The inbox record of a checked lead event.

    Raises:
        FieldError: ``occurred_at`` is no time, or an unlikely one.
    """
    facts = _facts(lead, timestamp_ms, context)
    record: Record = {
        "kind": "lead",
        "event_id": lead["event_id"],
        "event_type": lead["event_type"],
        "lead_id": lead["lead_id"],
        "occurred_at_ms": event_ms(lead["occurred_at"], "occurred_at", timestamp_ms),
        "facts": facts,
    }
    if lead["event_type"] == "updated" and (cleared := cleared_facts(lead, facts)):
        record["cleared"] = cleared
    return record


def _facts(lead: LeadEvent, timestamp_ms: int, context: IntakeContext) -> Facts:
    facts: Facts = {}
    if location := lead.get("location"):
        _add_location(facts, location)
    if contact := lead.get("contact"):
        _add_contact(facts, contact, context)
    _add_offset(facts, contact, timestamp_ms)
    if company := lead.get("company"):
        _add_company(facts, company)
    if interest := lead.get("interest"):
        _add_interest(facts, interest)
    if campaign := lead.get("campaign"):
        _add_campaign(facts, campaign)
    if consent := lead.get("consent"):
        for channel, state in consent.items():
            if state:
                facts[f"consent_{channel}"] = state
    _add_top(facts, lead)
    _add_maps(facts, lead)
    return facts


def _add_top(facts: Facts, lead: LeadEvent) -> None:
    if (source := lead.get("lead_source")) and (word := read_word(source)):
        facts["lead_source"] = word
    if (request := lead.get("request")) and (word := read_word(request)):
        facts["request"] = word
    if expected := lead.get("expected_value"):
        facts["expected_value_minor"], facts["expected_value_currency"] = minor_units(expected)
    if rep_id := lead.get("sourced_by_rep_id"):
        facts["sourced_by_rep_id"] = rep_id
    if rep_id := lead.get("owner_rep_id"):
        facts["owner_rep_id"] = rep_id
    if lead.get("test"):
        facts["test"] = True
    if lead.get("do_not_route"):
        facts["do_not_route"] = True


def _add_location(facts: Facts, location: Location) -> None:
    country = None
    if (text := location.get("country")) and (country := read_country(text)):
        facts["country"] = country
    if (text := location.get("state")) and (state := read_state(text, country)):
        facts["state"] = state
    if (text := location.get("city")) and (city := text.strip()):
        facts["city"] = city
    if (text := location.get("postal_code")) and (code := "".join(text.split()).upper()):
        facts["postal_code"] = code


def _add_contact(facts: Facts, contact: Contact, context: IntakeContext) -> None:
    if (text := contact.get("email")) and (address := read_email(text)):
        facts["email_digest"] = context.digester.email(address.mailbox)
        facts["email_domain"] = address.domain
        facts["email_kind"] = address.kind
    if (text := contact.get("phone")) and (number := read_phone(text, facts.get("country"))):
        facts["phone_digest"] = context.digester.phone(number)
    if (text := contact.get("job_title")) and (role := read_role(text)):
        facts["role"] = role
    if (text := contact.get("language")) and (language := read_language(text)):
        facts["language"] = language
    if times := contact.get("preferred_times"):
        pieces = times if isinstance(times, str) else ",".join(times)
        if windows := read_windows(pieces):
            facts["preferred_windows"] = windows


def _add_offset(facts: Facts, contact: Contact | None, timestamp_ms: int) -> None:
    """The contact's own time zone, else that of the place."""
    minutes = None
    if contact and (zone := contact.get("time_zone")):
        minutes = offset_minutes(zone, timestamp_ms)
    if minutes is None and (country := facts.get("country")):
        place = zone_of(country, facts.get("state"))
        minutes = offset_minutes(place, timestamp_ms) if place else None
    if minutes is not None:
        facts["utc_offset_minutes"] = minutes


def _add_company(facts: Facts, company: Company) -> None:
    if (text := company.get("name")) and (key := company_key(text)):
        facts["company_key"] = key
    if (text := company.get("domain")) and (domain := read_domain(text)):
        facts["company_domain"] = domain
    employees = company.get("employees")
    if isinstance(employees, str):
        employees = read_employees(employees)
    if employees is not None:
        facts["employees"] = employees
    if revenue := company.get("annual_revenue"):
        minor, currency = minor_units(revenue)
        facts["annual_revenue_minor"], facts["annual_revenue_currency"] = minor, currency
    if (text := company.get("industry")) and (industry := read_industry(text)):
        facts["industry"] = industry


def _add_interest(facts: Facts, interest: Interest) -> None:
    if (text := interest.get("product")) and (product := read_product(text)):
        facts["product"] = product
    if (quantity := interest.get("quantity")) is not None:
        facts["quantity"] = quantity
    if (text := interest.get("timeframe")) and (word := read_word(text)):
        facts["timeframe"] = word
    if segment := interest.get("segment"):
        facts["segment"] = segment


def _add_campaign(facts: Facts, campaign: Campaign) -> None:
    for field, name in _CAMPAIGN_FACTS:
        text = campaign.get(field)
        if text is not None and text != "":
            facts[name] = str(text)


def _add_maps(facts: Facts, lead: LeadEvent) -> None:
    if (scores := lead.get("scores")) and (
        known := {name: score for name, score in scores.items() if score is not None}
    ):
        facts["scores"] = known
    if (custom := lead.get("custom")) and (
        kept := {
            name: value
            for name, value in custom.items()
            if value is not None and not is_personal(name, value)
        }
    ):
        facts["custom"] = kept
    if (external := lead.get("external_ids")) and (
        ids := {system: str(value) for system, value in external.items() if value not in (None, "")}
    ):
        facts["external_ids"] = ids
