"""An update says which facts are new and which no longer hold; what it leaves out is unchanged."""

import pytest


@pytest.fixture
def update(event_of, lead):
    return lambda **fields: event_of("leads", lead(event_type="updated", **fields))


def test_an_update_of_nothing_clears_nothing(update):
    assert update().cleared == []


def test_null_clears_every_fact_that_came_from_the_field(update):
    event = update(contact={"email": None, "job_title": "CEO"})
    assert event.cleared == ["email_digest", "email_domain", "email_kind"]
    assert event.facts.role == "c_level"


def test_empty_text_clears_like_null(update):
    assert update(location={"city": ""}).cleared == ["city"]


def test_what_cannot_be_understood_clears_what_was_known(update):
    assert update(contact={"phone": "n/a"}).cleared == ["phone_digest"]


def test_null_for_a_whole_object_clears_all_of_it(update):
    assert update(interest=None).cleared == ["product", "quantity", "timeframe", "segment"]
    assert update(expected_value=None).cleared == [
        "expected_value_minor",
        "expected_value_currency",
    ]


def test_a_flag_that_is_taken_back_is_cleared(update):
    assert update(do_not_route=False).cleared == ["do_not_route"]


def test_entries_of_maps_are_cleared_by_their_name(update):
    event = update(custom={"seats": None, "crm": "sap"}, scores=None)
    assert event.cleared == ["scores", "custom.seats"]
    assert event.facts.custom == {"crm": "sap"}


def test_a_new_country_replaces_the_offset_and_clears_nothing(update):
    event = update(location={"country": "JP"})
    assert event.facts.utc_offset_minutes == 540
    assert event.cleared == []


def test_only_updates_clear(event_of, lead):
    assert event_of("leads", lead(contact={"email": None})).cleared == []
