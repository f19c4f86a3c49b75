"""Roster, account and lead files: every mistake at once, by line; nothing bad gets through."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.intake.contract import LeadEvent
from router.intake.files.account_file import read_accounts
from router.intake.files.lead_columns import OPT_OUTS, lead_columns
from router.intake.files.lead_file import LeadDefaults, read_leads
from router.intake.files.problems import FileProblem
from router.intake.files.record_file import lines_of
from router.intake.files.roster_file import COLUMNS as ROSTER_COLUMNS
from router.intake.files.roster_file import KNOWN, read_roster, reps_of
from router.intake.files.style import Style
from router.intake.records.admit import Admitted, admit
from router.intake.records.context import IntakeContext

NOW_MS = 1_795_000_000_000  # November 2026
CONTEXT = IntakeContext(frozenset({"main", "east"}), "main", b"key")


def roster_of(text, file_format="csv"):
    return read_roster(text, file_format, CONTEXT, NOW_MS)


def words(found):
    return [str(problem) for problem in found.problems]


def test_a_row_becomes_a_roster_entry():
    found = roster_of(
        "Rep ID,name,channels,role,per_day,inside_open,hours,time_zone,time_off,holidays,"
        "crm.hubspot,languages,weight,starts,_note\n"
        "ann,Ann Lee,inside;field,inside_rep,10,5,Mon-Fri 9:00-17:00,Europe/Berlin,"
        "2026-12-24..2027-01-02; 2027-03-01,DE-BY,123,de|en,2,2026-10-01,likes tea\n"
    )
    assert words(found) == []
    assert found.records[0].record == {
        "rep_id": "ann",
        "name": "Ann Lee",
        "channels": ["inside", "field"],
        "role": "inside_rep",
        "caps": {"all": {"per_day": 10}, "inside": {"open": 5}},
        "hours": "Mon-Fri 9:00-17:00",
        "time_zone": "Europe/Berlin",
        "time_off": [
            {"from": "2026-12-24", "to": "2027-01-02"},
            {"from": "2027-03-01", "to": "2027-03-01"},
        ],
        "holidays": ["DE-BY"],
        "crm_ids": {"hubspot": "123"},
        "languages": ["de", "en"],
        "weight": 2,
        "starts": "2026-10-01",
    }


def test_route_receives_the_rep_with_hours_and_offsets_expanded():
    found = roster_of(
        "rep_id,channels,time_zone,hours,time_off\n"
        "ann,inside,Europe/Berlin,Mon 9:00-17:00,2026-12-24\n"
    )
    [rep] = reps_of(found.records, CONTEXT, NOW_MS)
    assert rep.hours == [(0, 540, 1020)]
    assert rep.time_off == [(1_798_066_800_000, 1_798_153_200_000)]  # a whole day in Berlin


def test_semicolons_and_tabs_separate_cells_too():
    for text in (
        "rep_id;channels;time_zone\na;field|inside;UTC\n",
        "rep_id\tchannels\ttime_zone\na\tfield;inside\tUTC\n",
    ):
        assert roster_of(text).records[0].record["channels"] == ["field", "inside"]


def test_a_quoted_cell_may_hold_line_ends_and_lines_still_count():
    found = roster_of('rep_id,name,channels,time_zone\na,"A\nB",field,UTC\na,C,field,UTC\n')
    assert words(found) == [
        "line 4: `a` stands in line 2 already: each rep has one rep_id (rep_id)"
    ]


MISTAKES = [
    ("rep_id,nme\na,b\n", "there is no column `nme`; did you mean `name`? `_nme` leaves it out"),
    ("rep_id,REP ID\na,b\n", "the column `REP ID` stands twice"),
    ("rep_id,channels\na,fild\n", "line 2: channels must be 'field' or 'inside'"),
    ("rep_id,time_zone\na,Europe/Berln\n", "did you mean `Europe/Berlin`?"),
    ("rep_id,weight\na,1.5\n", "line 2: `weight` must be a whole number"),
    ("rep_id,hours\na,nine to five\n", "line 2: `hours` must read like"),
    ("rep_id,holidays\na,XX\n", "holidays must hold dates"),
    ("rep_id,time_off\na,2027-01-02..2026-01-01\n", "time_off must end after it begins"),
    ("rep_id,time_off\na,Christmas\n", "`time_off` must read like 2026-12-24..2027-01-02"),
    ("rep_id,crm_ids\na,123\n", "`crm_ids` must read like hubspot:41629779"),
    ("rep_id\na@example.com\n", "rep_id must not be an e-mail address"),
    ("rep_id,name\n,Ann\n", "this rep has no `rep_id`"),
    ("rep_id,sales_org\na,west\n", "sales_org is none of those in the settings"),
    ("rep_id\na,b\n", "this row has 2 cells, the header 1"),
    ('rep_id,name\na,"b\n', "a quote is opened and not closed"),
    ("", "the file is empty"),
    ("rep_id,name\n", "there is no rep in the file"),
    ("rep_id,name\n,\n", "there is no rep in the file"),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES)
def test_a_mistake_is_named_and_nothing_of_it_is_used(text, message):
    found = roster_of(text)
    assert found.has_errors
    assert any(message in problem for problem in words(found)), words(found)
    assert found.records == ()


def test_all_mistakes_are_told_at_once():
    found = roster_of(
        "rep_id,channels,weight,time_zone\n"
        "a,field,one,UTC\n"
        "b,fild,1,UTC\n"
        "a,field,1,UTC\n"
        "c,field,1,Mars\n"
        "d,field,1,UTC\n"
    )
    assert [problem.line for problem in found.problems] == [2, 3, 4, 5]
    assert [filed.record["rep_id"] for filed in found.records] == ["d"]


def test_what_would_surprise_is_a_warning():
    found = roster_of(
        "rep_id,channels,time_zone,manager_rep_id,partner_rep_id,starts,leaves\n"
        "boss,,UTC,,,,\n"
        "a,field,,boss,zed,,\n"
        "b,,UTC,b,,2026-05-01,2026-04-01\n"
    )
    assert not found.has_errors
    zone, partner, left, own_manager = words(found)
    assert zone.startswith("line 3: warning: without a time zone this rep's day is that of UTC")
    assert partner.startswith("line 3: warning: there is no rep `zed` in this file; reps are: boss")
    assert left == "line 4: warning: this rep leaves before the first day (leaves)"
    assert own_manager.startswith("line 4: warning: `b` is named as their own `manager_rep_id`")


def test_reps_may_be_named_by_ids_of_the_crm_and_an_id_that_two_share_is_told():
    found = roster_of(
        "rep_id,channels,time_zone,manager_rep_id,crm.salesforce,crm.hubspot\n"
        "boss,,UTC,,0055g00000AbCdEAAV,1\n"
        "a,field,UTC,0055g00000AbCdE,,7\n"
        "b,field,UTC,7,7,\n"
    )
    shared, manager = words(found)
    assert shared.startswith("line 3: warning: `7` is also an id of b: alone it names none of them")
    assert manager.startswith("line 4: warning: there is no rep `7` in this file")


def test_json_rosters_are_read_with_their_lines():
    first = '{"rep_id": "a", "channels": ["field"], "time_zone": "UTC"}'
    entries = f'[{first},\n {{"rep_id": "b", "chanels": []}}]'
    found = roster_of(entries, "json")
    assert any(
        "line 2: there is no field `chanels`; did you mean `channels`?" in w for w in words(found)
    )
    found = roster_of(f"{first}\n\nnonsense\n", "jsonl")
    assert [filed.line for filed in found.records] == [1]
    assert words(found)[0].startswith("line 3: this line is not JSON")


def test_every_column_fills_a_field_of_the_contract():
    assert {column.path[0] for column in ROSTER_COLUMNS.known.values()} <= KNOWN
    fields = set(LeadEvent.__annotations__)
    assert {column.path[0] for column in lead_columns().known.values()} <= fields | {OPT_OUTS}


CELLS = [
    *("", "a", "b", "UTC", "Mon", "Mon-Fri 9:00-17:00", "2027-01-04..2027-01-06", "DE-BY", "7"),
    *("inside", "0", "1200.50", "a@b.example", "2026-11-01", "x=1", '"', "x,y", "imported"),
]
ROWS = st.lists(
    st.lists(st.sampled_from(CELLS) | st.text(max_size=9), max_size=8).map(",".join), max_size=5
).map("\n".join)
TEXTS = st.text(max_size=200) | ROWS


@given(TEXTS, st.sampled_from(["", "rep_id,time_off,hours,holidays,channels,crm_ids,time_zone\n"]))
def test_any_roster_gives_reps_that_route_takes_and_says_what_is_wrong(text, head):
    for file_format in ("csv", "json", "jsonl"):
        found = roster_of(head + text, file_format)
        assert found.records or found.has_errors
        assert len(reps_of(found.records, CONTEXT, NOW_MS)) == len(found.records)
        told = {filed.record["rep_id"]: filed.line for filed in found.records}
        assert len(told) == len(found.records)
        lines = [*told.values(), *(problem.line for problem in found.problems)]
        assert all(1 <= line <= len((head + text).splitlines()) + 1 for line in lines)


def test_accounts_are_read_and_bad_ones_left_out():
    found = read_accounts(
        "account_id,name,website,revenue,owner,employees\n"
        "a,Acme,acme.example;acme.test,12.50,ann,51-200\n"
        "b,Bad,,twelve,,\n"
        "c,,,,,\n"
        "a,Again,,,,\n",
        "csv",
        CONTEXT,
        NOW_MS,
        style=Style(currency="EUR"),
    )
    assert [filed.record["account_id"] for filed in found.records] == ["a", "b", "c"]
    assert found.records[0].record["annual_revenue"] == {"amount": "12.50", "currency": "EUR"}
    assert found.records[0].record["domains"] == ["acme.example", "acme.test"]
    assert [problem.line for problem in found.problems] == [3, 4, 5]
    assert [problem.severity for problem in found.problems] == ["warning", "warning", "error"]
    assert "not understood" in found.problems[0].message


def leads_of(text, file_format="csv", **defaults):
    found = list(read_leads(lines_of(text), file_format, LeadDefaults(NOW_MS, **defaults), CONTEXT))
    good = [each for each in found if not isinstance(each, FileProblem)]
    return good, [str(each) for each in found if isinstance(each, FileProblem)]


def test_lead_columns_have_usual_short_names():
    good, bad = leads_of(
        "lead_id,email,company,country,value,zip,custom.seats,custom.code,scores.fit,created_at,gclid\n"
        "l1,a@b.example,Acme,Germany,1200.50,01067,12,0042,7.5,2026-11-01,xyz\n",
        style=Style(currency="EUR"),
    )
    assert bad == []
    record = good[0].record
    assert record["event_type"] == "imported"
    assert record["contact"] == {"email": "a@b.example"}
    assert record["company"] == {"name": "Acme"}
    assert record["location"] == {"country": "Germany", "postal_code": "01067"}
    assert record["expected_value"] == {"amount": "1200.50", "currency": "EUR"}
    assert record["custom"] == {"seats": 12, "code": "0042"}
    assert record["scores"] == {"fit": 7.5}
    assert record["occurred_at"] == "2026-11-01T00:00:00Z"
    assert record["campaign"] == {"click_id": "xyz"}


def test_the_same_line_gets_the_same_event_id_and_another_line_another():
    text = "lead_id,email\nl1,a@b.example\nl1,c@d.example\n"
    first, again = leads_of(text)[0], leads_of(text)[0]
    assert [each.record["event_id"] for each in first] == [
        each.record["event_id"] for each in again
    ]
    assert first[0].record["event_id"] != first[1].record["event_id"]


def test_a_line_says_itself_what_it_is_unless_overridden():
    text = "lead_id,event_type\nl1,submitted\nl2,\n"
    assert [each.record["event_type"] for each in leads_of(text)[0]] == ["submitted", "imported"]
    good, _ = leads_of(text, override="updated")
    assert [each.record["event_type"] for each in good] == ["updated", "updated"]


def test_leads_to_be_routed_that_name_no_source_get_the_one_given_and_others_do_not():
    text = "lead_id,event_type,source\na,submitted,\nb,submitted,web\nc,updated,\nd,imported,\n"
    good, _ = leads_of(text, lead_source="import")
    assert [each.record.get("lead_source") for each in good] == ["import", "web", None, None]
    (without,) = leads_of('{"lead_id": "a", "event_type": "submitted"}\n', "jsonl")[0]
    assert "lead_source" not in without.record
    odd = '{"lead_id": "a", "event_type": "submitted", "lead_source": []}\n'
    assert "lead_source" in leads_of(odd, "jsonl", lead_source="import")[1][0]


def test_bad_lead_lines_are_told_and_the_others_taken():
    good, bad = leads_of(
        "lead_id,value,occurred_at,event_type\n"
        "l1,5 pieces,,\n"
        "someone@example.com,,,\n"
        "l2,,2026-01-01 10:00,\n"
        "l3,,,bought\n"
        ",,2026-01-01,\n"
        "l4,,,\n",
        style=Style(currency="EUR"),
    )
    assert [each.record["lead_id"] for each in good] == ["l1", "l4"]
    assert [line.split(":")[0] for line in bad] == [f"line {n}" for n in (2, 3, 4, 5, 6)]
    assert "warning" in bad[0]
    assert not any("example.com" in line for line in bad)


def test_unknown_lead_columns_are_refused_unless_told_to_be_left_out():
    text = "lead_id,shoe_size\nl1,42\n"
    good, bad = leads_of(text)
    assert good == []
    assert "`custom.shoe_size` keeps it" in bad[0]
    found = list(
        read_leads(lines_of(text), "csv", LeadDefaults(NOW_MS), CONTEXT, ignore_unknown=True)
    )
    told, lead = found
    assert "columns left out: shoe_size" in told.message
    assert lead.record["lead_id"] == "l1"


def test_json_leads_may_be_one_object_a_list_or_lines():
    lead = {"lead_id": "l1", "contact": {"email": "a@b.example"}}
    for text, file_format in (
        (json.dumps(lead, indent=2), "json"),
        (json.dumps([lead]), "json"),
        (json.dumps(lead) + "\n", "jsonl"),
    ):
        good, bad = leads_of(text, file_format)
        assert (len(good), bad) == (1, [])


@given(TEXTS, st.sampled_from(["", "lead_id,email,value,custom.x,occurred_at\n"]))
def test_any_lead_file_gives_leads_that_intake_takes_and_says_what_is_wrong(text, head):
    for file_format in ("csv", "json", "jsonl"):
        good, bad = leads_of(head + text, file_format)
        assert all(problem.startswith("line ") and problem.isprintable() for problem in bad)
        for filed in good:
            value = json.dumps(filed.record).encode()
            assert isinstance(admit("leads", None, None, value, (), NOW_MS, CONTEXT), Admitted)
        places = [filed.line for filed in good]
        assert places == sorted(places)
