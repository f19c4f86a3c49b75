"""A roster entry comes out with time zone, hours, holidays and leave expanded."""

from datetime import UTC, date, datetime

import pytest

from router.intake import DeadLetterReason as Reason
from router.intake import Rejected


def ms(*moment):
    return int(datetime(*moment, tzinfo=UTC).timestamp() * 1000)


def test_an_entry_keeps_what_routing_needs(event_of):
    rep = event_of(
        "roster",
        {
            "rep_id": "r1",
            "name": "Ann",
            "channels": ["inside", "field"],
            "role": "Inside Rep",
            "seniority": "senior",
            "manager_rep_id": "r0",
            "territories": ["de-south", " "],
            "languages": ["German", "en-GB"],
            "weight": 2,
            "caps": {"inside": {"per_day": 30, "open": None}},
            "crm_ids": {"hubspot": 41629779},
            "booking_url": "https://book.example/team@firm.example/slots",
        },
    )
    assert rep.channels == ["inside", "field"]
    assert (rep.role, rep.seniority, rep.manager_rep_id) == ("inside_rep", "senior", "r0")
    assert (rep.territories, rep.languages, rep.weight) == (["de-south"], ["de", "en"], 2)
    assert (rep.caps["inside"].per_day, rep.caps["inside"].open) == (30, None)
    assert rep.crm_ids == {"hubspot": "41629779"}
    assert rep.booking_url == "https://book.example/team@firm.example/slots"
    assert not rep.removed


def test_a_time_zone_becomes_steps(event_of):
    steps = event_of("roster", {"rep_id": "r1", "time_zone": "europe/berlin"}).utc_offsets
    assert steps[0][0] < ms(1970, 1, 1)
    assert (ms(2026, 10, 25, 1), 60) in steps
    assert (ms(2027, 3, 28, 1), 120) in steps
    assert steps == sorted(steps)
    assert steps[-1][0] > ms(2036, 1, 1)


def test_an_entry_says_until_when_its_holidays_and_its_zone_are_known(event_of):
    berlin = {"rep_id": "r1", "time_zone": "Europe/Berlin"}
    of_zone = event_of("roster", berlin).known_until_ms
    of_region = event_of("roster", {**berlin, "holidays": ["2026-12-24", "DE-BY"]}).known_until_ms
    assert of_zone == ms(2037, 1, 1)
    assert of_region == ms(2028, 12, 31, 23)  # midnight in Berlin
    dates = {"rep_id": "r1", "time_zone": "Asia/Tokyo", "holidays": ["2026-12-24"]}
    assert event_of("roster", dates).known_until_ms is None


def test_hours_are_windows_of_local_minutes(event_of):
    rep = event_of("roster", {"rep_id": "r1", "hours": ["Mon-Tue 08:30-17:00", "Fri 9:00-12:00"]})
    assert rep.hours == [(0, 510, 1020), (1, 510, 1020), (4, 540, 720)]


def test_holidays_are_dates_and_those_of_a_region(event_of):
    rep = event_of("roster", {"rep_id": "r1", "holidays": ["DE-BY", "2026-12-24"]})
    assert date(2026, 12, 24).toordinal() in rep.holidays
    assert date(2027, 1, 6).toordinal() in rep.holidays
    assert date(2028, 12, 25).toordinal() in rep.holidays
    assert rep.holidays == sorted(set(rep.holidays))


def test_days_off_are_whole_local_days_and_times_are_exact(event_of):
    rep = event_of(
        "roster",
        {
            "rep_id": "r1",
            "time_zone": "Europe/Berlin",
            "time_off": [
                {"from": "2026-12-24", "to": "2026-12-26"},
                {"from": "2027-07-01T08:00:00+02:00", "to": "2027-07-01T12:00:00+02:00"},
            ],
            "starts": "2026-07-01",
            "leaves": "2027-03-31",
        },
    )
    assert rep.time_off == [
        (ms(2026, 12, 23, 23), ms(2026, 12, 26, 23)),
        (ms(2027, 7, 1, 6), ms(2027, 7, 1, 10)),
    ]
    assert rep.starts_ms == ms(2026, 6, 30, 22)
    assert rep.leaves_ms == ms(2027, 3, 31, 22)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"time_zone": "Berlin"}, "time_zone"),
        ({"hours": "always"}, "hours"),
        ({"holidays": "Bavaria"}, "holidays"),
        ({"holidays": ["2026-13-01"]}, "holidays"),
        ({"time_off": [{"from": "2026-12-24", "to": "2026-12-20"}]}, "time_off"),
        ({"time_off": [{"from": "2026-12-24"}]}, "time_off.to"),
        ({"time_off": [{"from": "next week", "to": "2026-12-20"}]}, "time_off.from"),
        ({"channels": ["phone"]}, "channels"),
        ({"weight": -1}, "weight"),
        ({"crm_ids": {"hubspot": "ann@firm.example"}}, "crm_ids"),
    ],
)
def test_what_cannot_be_expanded_is_refused_by_name(take, fields, named):
    refused = take("roster", {"rep_id": "r1"} | fields)
    assert isinstance(refused, Rejected), refused
    assert refused.detail.split()[0] == named


def test_a_null_value_removes_the_rep_that_the_key_names(event_of, take):
    rep = event_of("roster", None, key=b"r1")
    assert (rep.rep_id, rep.removed) == ("r1", True)
    elsewhere = take("roster", None, key=b"r1", headers=[("sales_org", b"emea")])
    assert elsewhere.sales_org == "emea"


@pytest.mark.parametrize("key", [None, b""])
def test_a_null_value_without_a_key_is_refused(take, key):
    assert take("roster", None, key=key).reason is Reason.INVALID_FIELD
