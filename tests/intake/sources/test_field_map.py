"""A field map says all that is wrong with it by line, and reads what it says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from router.intake.field_map.apply import UNREADABLE
from router.intake.field_map.paths import MISSING, read_path
from router.intake.field_map.read import read_field_map
from router.intake.sources.found import Arrival
from router.intake.sources.source import SourceRecord, make_source
from router.source_settings import SourceSettings
from tests.intake.sources.vendor_bodies import RECEIVED_MS


def records(
    text: str, body: Any, headers: dict[str, str] | None = None, **settings: Any
) -> list[dict[str, Any]]:
    found, problems = read_field_map(text)
    assert found is not None, problems
    source = make_source("web", SourceSettings(kind="mapped", **settings), found)
    value = body if isinstance(body, bytes) else json.dumps(body).encode()
    readings = source.read(Arrival(value, RECEIVED_MS, headers or {}))
    assert all(isinstance(each, SourceRecord) for each in readings), readings
    return [each.record for each in readings]


def record(text: str, body: Any, **settings: Any) -> dict[str, Any]:
    (found,) = records(text, body, **settings)
    return found


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a.b", 1),
        ("a.b.c", MISSING),
        ("list[0].text", "x"),
        ("list[1]", MISSING),
        ("list[id=Q4].text", "x"),
        ("list[id=Q5].text", MISSING),
        ("No. of employees", 7),
        ("nested.No. of employees", 8),
        ("nothing", None),
        ("absent", MISSING),
    ],
)
def test_a_path_leads_to_a_value(path, found):
    body = {
        "a": {"b": 1},
        "list": [{"id": "Q4", "text": "x"}],
        "No. of employees": 7,
        "nested": {"No. of employees": 8},
        "nothing": None,
    }
    read = read_path(path)
    assert read is not None
    assert read.find(body) == found


@pytest.mark.parametrize("path", ["", ".", "a..b", "a[", "a]b", "[]", "a" + ".a" * 16])
def test_what_is_no_path_is_none(path):
    assert read_path(path) is None


def test_a_short_name_and_a_path_are_all_it_takes():
    found = record("fields:\n  email: answers.q4\n", {"answers": {"q4": "ada@example.com"}})
    assert found["contact"] == {"email": "ada@example.com"}
    assert found["event_type"] == "submitted"
    assert found["lead_id"] == found["event_id"]
    assert found["lead_source"] == "web"


FORMS = """
fields:
  email: [work_email, email]
  country: {value: NO}
  test: {value: true}
  postal code: {value: "01067"}
  lead_id: {from: id, prefix: web-}
  language: {from: lang, as: lower}
  employees: {from: size, table: {Small: 20, big: 5000}}
  request: {from: topic, table: {Sales: demo}, else: inquiry}
  annual revenue: {from: revenue, unit: 1000}
  occurred_at: {from: at, date: epoch_s}
  scores.fit: {from: fit, as: number}
"""


def test_every_form_of_a_value_is_read():
    body = {
        "work_email": " ", "email": "ada@example.com", "id": 7, "lang": "DE", "size": "SMALL",
        "topic": "Other", "revenue": "1.250,5", "at": 1_795_999_000, "fit": "12",
    }  # fmt: skip
    found = record(FORMS, body, decimal=",", currency="EUR")
    assert found["contact"] == {"email": "ada@example.com", "language": "de"}
    assert found["location"] == {"country": "NO", "postal_code": "01067"}
    assert found["test"] is True
    assert found["lead_id"] == "web-7"
    assert found["company"] == {
        "employees": 20,
        "annual_revenue": {"amount": 1_250_500, "currency": "EUR"},
    }
    assert found["request"] == "inquiry"
    assert found["occurred_at"] == "2026-11-30T00:36:40Z"
    assert found["scores"] == {"fit": 12}


def test_a_word_that_is_in_no_table_goes_on_as_it_is():
    assert record(FORMS, {"size": "51-200"})["company"] == {"employees": "51-200"}


def test_a_number_of_a_known_unit_that_cannot_be_read_is_never_a_thousandth():
    found = record(FORMS, {"revenue": "1.250"}, currency="EUR")
    assert found["company"]["annual_revenue"]["amount"] == UNREADABLE
    assert (
        record(FORMS, {"revenue": "about 5"}, currency="EUR")["company"]["annual_revenue"]["amount"]
        == UNREADABLE
    )


@pytest.mark.parametrize(
    ("form", "written", "read"),
    [
        ("dmy", "30.11.2026 09:30", "2026-11-30T09:30:00+01:00"),
        ("mdy", "11/30/2026 9:30 AM", "2026-11-30T09:30:00+01:00"),
        ("ymd", "2026-11-30 09:30", "2026-11-30T09:30:00+01:00"),
        ("iso", "2026-11-30T09:30:00Z", "2026-11-30T09:30:00Z"),
        ("epoch_ms", "1795999000000", "2026-11-30T00:36:40Z"),
    ],
)
def test_a_date_is_read_in_the_form_that_the_map_says(form, written, read):
    text = f"fields:\n  occurred_at: {{from: at, date: {form}}}\n"
    assert record(text, {"at": written}, time_zone="Europe/Berlin")["occurred_at"] == read


@pytest.mark.parametrize("written", ["1e999", "9e999999", "-1", "9" * 400, True, [1], {"a": 1}])
def test_a_stamp_that_is_no_time_is_handed_on_as_it_is(written):
    text = "fields:\n  occurred_at: {from: at, date: epoch_s}\n"
    assert record(text, {"at": written})["occurred_at"] == written


def test_each_record_of_a_list_is_one():
    text = "each: result.rows\nfields:\n  lead_id: id\n"
    found = records(text, {"result": {"rows": [{"id": "a"}, {"id": "b"}]}})
    assert [each["lead_id"] for each in found] == ["a", "b"]


def test_a_table_and_a_form_are_read_as_json_is():
    text = "fields:\n  lead_id: Record ID\n  company: Company / Account\n"
    table = b"Record ID,Company / Account\r\n1,Acme\r\n2,\r\n"
    found = records(text, table, headers={"content-type": "text/csv; charset=utf-8"})
    assert [each["lead_id"] for each in found] == ["1", "2"]
    assert found[0]["company"] == {"name": "Acme"}
    form = b"Record+ID=3&Company+%2F+Account=Acme+Ltd"
    (one,) = records(text, form, headers={"content-type": "application/x-www-form-urlencoded"})
    assert (one["lead_id"], one["company"]["name"]) == ("3", "Acme Ltd")


@pytest.mark.parametrize("role", ["activity", "feedback"])
def test_a_map_may_make_activity_or_feedback(role):
    name = "activity_type" if role == "activity" else "feedback_type"
    text = f"role: {role}\nfields:\n  lead_id: id\n  {name}: what\n"
    found, _ = read_field_map(text)
    source = make_source("web", SourceSettings(kind="mapped"), found)
    (read,) = source.read(Arrival(b'{"id": 4, "what": "contacted"}', RECEIVED_MS))
    assert (read.role, read.record["lead_id"], read.record[name]) == (role, "4", "contacted")
    assert read.record["event_id" if role == "feedback" else "activity_id"].startswith("mapped-")


def test_a_map_of_ones_own_comes_before_that_of_the_kind(tmp_path):
    path = tmp_path / "map.yaml"
    path.write_text("fields:\n  company: answers.firm\n")
    source = make_source("forms", SourceSettings(kind="jotform", map=path))
    body = b'{"submissionID": 1, "rawRequest": {"q1_firm": "Acme", "q2_email": "a@example.com"}}'
    (read,) = source.read(Arrival(body, RECEIVED_MS))
    assert read.record["company"] == {"name": "Acme"}
    assert read.record["contact"] == {"email": "a@example.com"}


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("", 1, "the file is empty; begin with `fields:`"),
        ("- a", 1, "a field map is `key: value` lines"),
        ("fields: [", 1, "this is not YAML"),
        ("fields:\n  emial: a", 2, "there is no field `emial`; did you mean `email`?"),
        ("fields:\n  foo bar: a", 2, "`custom.foo_bar` keeps it"),
        ("fields:\n  email: a\n  work email: b", 3, "is filled above: use a list"),
        ("fields:\n  email: a..b", 2, "a path reads like"),
        ("fields:\n  email:", 2, "say where the value stands"),
        ("fields:\n  email: {form: a}", 2, "has no `form`; did you mean `from`?"),
        ("fields:\n  email: {as: lower}", 2, "needs `from: PATH`, or `value:`"),
        ("fields:\n  email: {from: a, as: upper}", 2, "must be one of: text, lower, number"),
        ("fields:\n  email: {from: a, unit: 0}", 2, "a unit is a number above 0"),
        ("fields:\n  email: {from: a, table: {A: 1, a: 2}}", 2, "in capitals or not: keep one"),
        ("feilds:\n  email: a", 1, "a field map has no `feilds`; did you mean `fields`?"),
        ("role: lead\nfields:\n  email: a", 1, "must be one of: leads, activity, feedback"),
    ],
)
def test_what_is_wrong_with_a_map_is_told_by_line(text, line, told):
    found, problems = read_field_map(text)
    assert found is None
    assert any(each.line == line and told in each.message for each in problems), problems
