"""Leads, filled fields and unread values, by source."""

from __future__ import annotations

import json

import pytest

from router.intake import Admitted, IntakeContext, admit
from router.observe.meters import SourceMeters
from router.roles.intake.source_tally import OTHER, SOURCES_MAX, SourceTally, source_names
from router.settings import Settings

CONTEXT = IntakeContext(frozenset({"main"}), "main", b"k")
AT_MS = 1_795_435_200_000


@pytest.fixture
def meters():
    return SourceMeters()


@pytest.fixture
def tally(meters):
    return SourceTally("leads", source_names(Settings(), meters), meters)


def read(**fields) -> Admitted:
    record = {
        "event_id": "e",
        "event_type": "submitted",
        "lead_id": "L",
        "occurred_at": "2026-11-23T11:59:00Z",
    } | fields
    admitted = admit("leads", None, None, json.dumps(record).encode(), (), AT_MS, CONTEXT)
    assert isinstance(admitted, Admitted)
    return admitted


def test_the_share_of_a_field_falls_when_the_form_renames_it(tally, meters):
    for _ in range(3):
        tally.add(read(lead_source="Web form", company={"name": "Acme"}))
    for _ in range(2):
        tally.add(read(lead_source="Web form", firma="Acme"))
    tally.tell()
    assert meters.leads.values == {("web_form",): 5}
    filled = meters.fields_filled.values
    assert filled["web_form", "company.name"] == 3
    assert filled["web_form", "contact.email"] == 0, "known before the first lead has one"


def test_what_could_not_be_read_is_counted_by_source_and_field(tally, meters):
    for amount in ("1.234", "many", "1.234"):
        tally.add(read(lead_source="fair", expected_value={"amount": amount, "currency": "EUR"}))
    tally.tell()
    assert meters.warnings.values == {
        ("leads", "fair", "expected_value.amount", "ambiguous"): 2,
        ("leads", "fair", "expected_value.amount", "not_understood"): 1,
    }


def test_an_update_has_only_what_changes_and_says_nothing_of_a_form(tally, meters):
    tally.add(read(event_type="updated", lead_source="fair"))
    tally.tell()
    assert meters.leads.values == {}


def test_nothing_is_told_before_the_transaction_is_committed(tally, meters):
    tally.add(read(lead_source="fair"))
    assert meters.leads.values == {}
    tally.tell()
    tally.tell()
    assert meters.leads.values == {("fair",): 1}


def test_senders_cannot_fill_the_metrics_with_names(tally, meters):
    for number in range(SOURCES_MAX + 10):
        tally.add(read(lead_source=f"source {number}"))
    tally.add(read(lead_source="Frau Zyxwina <3"))
    tally.tell()
    assert len(meters.leads.values) == SOURCES_MAX + 1
    assert meters.leads.values[OTHER,] == 11


def test_a_source_of_the_settings_is_waited_for_from_the_start(meters, monkeypatch):
    monkeypatch.setenv("LEAD_ROUTER_SOURCES__FORM__KIND", "canonical")
    monkeypatch.setenv("LEAD_ROUTER_SOURCES__FORM__LEAD_SOURCE", "Web form")
    monkeypatch.setenv("LEAD_ROUTER_SOURCES__FORM__SILENT_AFTER_S", "3600")
    source_names(Settings(), meters)
    assert meters.silent_after.values == {("web_form",): 3600}
    assert meters.last_lead.values.keys() == {("web_form",)}
