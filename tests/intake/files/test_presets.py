"""Exports of CRMs are read as they are: their columns, their dates, their owners' names."""

from __future__ import annotations

import json

import pytest

from router.cli.main import main
from router.cli.owner_names import rep_names
from router.intake import IntakeContext
from router.intake.files.lead_file import LeadDefaults, read_leads
from router.intake.files.problems import FileProblem
from router.intake.files.style import Style
from router.intake.sources.source import shipped_map

CONTEXT = IntakeContext(frozenset({"main"}), "main", b"key")
NOW_MS = 1_796_100_000_000
ROSTER = "rep_id,name,channels\nanna,Anna Keller,inside\nben,Ben Ito,inside\n"

SALESFORCE = """\
"Lead Owner","First Name","Last Name","Title","Company / Account","Email","Phone","Lead ID",\
"Lead Status","Create Date","Annual Revenue","No. of Employees","State/Province","Country",\
"Zip/Postal Code","Email Opt Out","Lead Source","Last Modified By"
"Anna Keller","Ada","L","CTO","Acme","ada@example.com","","00Q5e00001kABCD",\
"Open - Not Contacted","11/30/2026","$1,200,000.00","250","California","United States","94105",\
"0","Web","Somebody Else"
"Nobody Known","Bo","M","","Other","bo@example.com","","00Q5e00001kABCE",\
"Closed - Converted","11/29/2026","","","","","","1","Web","Somebody Else"
"""
DATA_LOADER = """\
"ID","OWNERID","FIRSTNAME","LASTNAME","COMPANY","EMAIL","STATUS","CREATEDDATE","ISCONVERTED"
"00Q5e00001kABCDEAA","0055e000001abcdAAA","Ada","L","Acme","ada@example.com","Open",\
"2026-11-30T08:00:00.000Z","false"
"""
HUBSPOT = """\
Record ID,First Name,Last Name,Email,Contact owner,Lead Status,Create Date,Number of Employees,\
Country/Region,Unsubscribed from all email,Lifecycle Stage,Favorite Color
151,Ada,L,ada@example.com,Ben Ito,New,2026-11-29 08:30,51-200,Germany,true,Lead,blue
"""
PIPEDRIVE = """\
Lead - ID,Lead - Title,Lead - Owner,Lead - Value,Lead - Currency,Lead - Lead created,\
Person - Name,Person - Email - Work,Organization - Name
8f1,Acme deal,Anna Keller,1200,EUR,2026-11-29 08:30:00,Ada L,ada@example.com,Acme
"""


@pytest.fixture
def roster(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text(ROSTER)
    return path


def read(preset: str, text: str, names=None, **style):
    defaults = LeadDefaults(
        NOW_MS, style=Style(**style), field_map=shipped_map(f"{preset}_export"), rep_names=names
    )
    found = list(read_leads(text.splitlines(keepends=True), "csv", defaults, CONTEXT))
    problems = [each for each in found if isinstance(each, FileProblem)]
    return [each.record for each in found if not isinstance(each, FileProblem)], problems


def test_a_report_of_salesforce_is_read_as_it_is(roster):
    style = {"date_order": "mdy", "decimal": ".", "currency": "USD"}
    (ada, bo), problems = read("salesforce", SALESFORCE, rep_names(roster), **style)
    assert ada["lead_id"] == "00Q5e00001kABCDEA4"
    assert ada["event_type"] == "imported"
    assert ada["owner_rep_id"] == "anna"
    assert ada["occurred_at"] == "2026-11-30T00:00:00Z"
    assert ada["company"] == {
        "name": "Acme",
        "employees": "250",
        "annual_revenue": {"amount": "1200000.00", "currency": "USD"},
    }
    assert ada["location"] == {
        "state": "California",
        "country": "United States",
        "postal_code": "94105",
    }
    assert "owner_rep_id" not in bo  # it has ended
    assert bo["consent"] == {"email": "denied"}
    told = [each.message for each in problems]
    assert "columns left out: Last Modified By" in told


def test_an_export_of_data_loader_is_read_by_the_names_of_the_api():
    (ada,), problems = read("salesforce", DATA_LOADER)
    assert (ada["lead_id"], ada["owner_rep_id"]) == ("00Q5e00001kABCDEAA", "0055e000001abcdAAA")
    assert ada["occurred_at"] == "2026-11-30T08:00:00Z"
    assert problems == []


def test_an_export_of_hubspot_is_read_as_it_is(roster):
    (ada,), problems = read("hubspot", HUBSPOT, rep_names(roster), time_zone="Europe/Berlin")
    assert ada["lead_id"] == "hubspot-151"
    assert ada["owner_rep_id"] == "ben"
    assert ada["occurred_at"] == "2026-11-29T08:30:00+01:00"
    assert ada["consent"] == {"email": "denied"}
    assert [each.message for each in problems] == ["columns left out: Favorite Color"]


def test_a_date_that_may_be_two_times_costs_its_line_and_says_what_to_do():
    records, problems = read("hubspot", HUBSPOT)
    assert records == []
    (told,) = [each for each in problems if each.severity == "error"]
    assert told.line == 2
    assert "say --time-zone Europe/Berlin" in told.message


def test_an_export_of_pipedrive_is_read_as_it_is(roster):
    (ada,), _ = read("pipedrive", PIPEDRIVE, rep_names(roster), time_zone="UTC")
    assert (ada["lead_id"], ada["owner_rep_id"]) == ("pipedrive-8f1", "anna")
    assert ada["expected_value"] == {"amount": "1200", "currency": "EUR"}


def test_an_owner_whose_name_two_reps_have_is_nobody(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("rep_id,name\na,Anna Keller\nb,anna keller\n")
    (ada,), problems = read("pipedrive", PIPEDRIVE, rep_names(path), time_zone="UTC")
    assert "owner_rep_id" not in ada
    assert any("several reps have the owner's name" in each.message for each in problems)


def test_a_file_of_another_crm_says_that_none_of_its_columns_is_known():
    records, (told,) = read("salesforce", "a,b\n1,2\n")
    assert records == []
    assert "no column is one of the map's: Lead ID, Id" in told.message


def test_a_dry_run_tells_each_line_and_sends_nothing(tmp_path, capsys, roster):
    path, own = tmp_path / "export.csv", tmp_path / "own.yaml"
    path.write_text(HUBSPOT + "152,Bo,M,bo@example.com,,New,yesterday,,,,,\n")
    own.write_text("fields:\n  custom.color: Favorite Color\n")
    arguments = ["import", "leads", str(path), "--preset", "hubspot", "--map", str(own)]
    options = ["--roster", str(roster), "--time-zone", "Europe/Berlin", "--dry-run", "--json"]
    with pytest.raises(SystemExit) as ended:
        main([*arguments, *options])
    assert ended.value.code == 1
    said = json.loads(capsys.readouterr().out)
    assert (said["good"], said["bad"], said["sent"]) == (1, 1, {})
    (problem,) = said["problems"]
    assert problem["line"] == 3
    assert "must be a date" in problem["message"]
