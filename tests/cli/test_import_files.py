"""Files as CRMs and spreadsheets export them, through `import` with one command line."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import msgspec
import pytest

from router.cli.commands.setup import import_
from router.cli.main import main
from router.intake.records.admit import admit
from router.intake.records.context import IntakeContext
from router.intake.wire.codec import decode_event
from router.settings import Settings

GUIDE = Path(__file__).parents[2] / "docs" / "marketing.md"
[DOCUMENTED] = re.findall(
    r"^lead-router (import leads salesforce\.csv .+)$", GUIDE.read_text(), re.MULTILINE
)

CONTEXT, NOW_MS = IntakeContext.of(Settings()), time.time_ns() // 1_000_000
NEW_YORK = ZoneInfo("America/New_York")
PLACES = [
    ("US", "NJ", "7302", "NJ", "07302"), ("United States", "Massachusetts", "2139", "MA", "02139"),
    ("USA", "Calif.", "94016", "CA", "94016"), ("US", "TX", "7302", "TX", "7302"),
    ("Canada", "Ont.", "m5h 2n2", "ON", "M5H2N2"),
    ("Germany", "Freistaat Sachsen", "01067", "SN", "01067"),
    ("Österreich", "Wien", "1010", "9", "1010"), ("", "", "", None, None),
]  # fmt: skip
STATUSES = {
    "Open - Not Contacted": False, "Working - Contacted": False,
    "Closed - Converted": True, "Closed - Not Converted": True,
}  # fmt: skip
USER, QUEUE = "0055g00000AbCdEAAV", "00G5g000000XyZ1EAK"


def exported(count, seed=12):
    """Rows of a Salesforce export, each with what is right of it."""
    chance = Random(seed)
    for number in range(count):
        country, state, postal_code, *right_place = chance.choice(PLACES)
        cents = chance.randrange(0, 500_000_000)
        at = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(minutes=chance.randrange(400_000))
        local, status = at.astimezone(NEW_YORK), chance.choice(list(STATUSES))
        out, calls = chance.random() < 0.1, chance.random() < 0.1
        owner = chance.choice([USER, QUEUE])
        row = {
            "Id": f"00Q5g{number:010}EAQ",
            "LastName": chance.choice(["Müller", "O'Neil", "Peña", "Smith, Jr."]),
            "Company": chance.choice(['Acme "Best" Inc.', "Größe GmbH", "Two\nLines Ltd"]),
            "Country": country, "State": state, "PostalCode": postal_code,
            "Email": f"p{number}@firm{number}.example",
            "Status": status,
            "AnnualRevenue": f"${cents // 100:,}.{cents % 100:02}" if number % 3 else "",
            "NumberOfEmployees": f"{chance.randrange(1, 90_000):,}",
            "OwnerId": owner,
            "HasOptedOutOfEmail": "1" if out else "0",
            "DoNotCall": "TRUE" if calls else "FALSE",
            "CreatedDate": f"{local.month}/{local.day}/{local.year} {local:%I:%M %p}",
            "Description": 'Wants: a call; "soon"', "Street": "1 Main St.", "Rating": "Hot",
        }  # fmt: skip
        yield row, {
            "lead_id": row["Id"],
            "event_type": "imported" if STATUSES[status] else "submitted",
            "owner": None if owner == QUEUE or STATUSES[status] else USER,
            "revenue": f"{cents // 100}.{cents % 100:02}" if number % 3 else None,
            "employees": row["NumberOfEmployees"],
            "denied": {name for name, ticked in (("email", out), ("phone", calls)) if ticked},
            "at": at,
            "place": right_place,
        }  # fmt: skip


def written(path, rows, encoding="latin-1"):
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))


@pytest.fixture
def taken(monkeypatch):
    """Records that would have been sent."""
    sent = []

    async def keep(_settings, _topic, records, _doing):
        sent.extend(records)

    monkeypatch.setattr(import_, "_send", keep)
    return sent


@pytest.fixture
def program(capsys):
    def run(*arguments):
        code = 0
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as exited:
            code = exited.code or 0
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_a_messy_salesforce_export_goes_in_whole_with_the_documented_command(
    tmp_path, monkeypatch, taken, program
):
    rows, right = zip(*exported(5_000), strict=True)
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "salesforce.csv", rows)
    began_s = time.process_time()  # others may be at work on this machine
    code, out, err = program(*shlex.split(DOCUMENTED))
    took_s = time.process_time() - began_s
    assert code == 0, err
    assert "0 bad lines left out" in out
    assert "columns left out: Description, Street, Rating" in err
    assert len(taken) == 5_000
    assert took_s < 5
    for record, expected in zip(taken, right, strict=True):
        check(msgspec.json.decode(record.value), expected)
        admitted = admit("leads", None, None, record.value, (), NOW_MS, CONTEXT)
        facts = decode_event(admitted.value).facts
        assert [facts.state, facts.postal_code] == expected["place"]


def check(lead, expected):
    assert lead["lead_id"] == expected["lead_id"]
    assert lead["event_type"] == expected["event_type"]
    assert lead.get("owner_rep_id") == expected["owner"]
    assert datetime.fromisoformat(lead["occurred_at"]) == expected["at"]
    revenue = lead["company"].get("annual_revenue")
    assert revenue == (
        {"amount": expected["revenue"], "currency": "USD"} if expected["revenue"] else None
    )
    assert lead["company"]["employees"] == expected["employees"]
    assert {name for name, word in lead.get("consent", {}).items() if word == "denied"} == (
        expected["denied"]
    )


def leads_file(tmp_path, content, name="leads.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_byte_of_another_encoding_is_named_and_nothing_is_sent(tmp_path, taken, program):
    lines = [b"lead_id,city"] + [b"l%d,Ulm" % number for number in range(3_000)]
    lines[2_900] = b"l2899,K\x96ln"
    path = leads_file(tmp_path, b"\n".join(lines))
    code, out, err = program("import", "leads", path)
    assert (code, taken) == (1, [])
    assert "leads.csv:2901:8: error: the byte 0x96 is not UTF-8" in err
    assert "--encoding cp1252" in err
    assert "nothing is sent" in out
    code, out, _ = program("import", "leads", path, "--encoding", "cp1252")
    assert code == 0
    assert len(taken) == 3_000
    assert msgspec.json.decode(taken[2_899].value)["location"]["city"] == "K\N{EN DASH}ln"


def test_a_bad_quote_hides_no_other_row(tmp_path, taken, program):
    rows = [f"L{number},Firm {number}" for number in range(10)]
    rows[4] = 'L4,"The "Big" Co"'
    code, out, err = program(
        "import", "leads", leads_file(tmp_path, "lead_id,company\n" + "\n".join(rows))
    )
    assert code == 1
    assert "sent: 9 imported; 1 bad line left out" in out
    assert "leads.csv:6:1: error: this row cannot be read: a quote stands inside" in err


def test_a_surrogate_and_a_doubled_field_cost_their_fields_alone(tmp_path, taken, program):
    lines = (
        '{"lead_id": "a", "company": {"name": "\\ud800 Ltd"}}',
        '{"lead_id": "b", "contact": {"email": "a@x.example", "email": "b@y.example"}}',
        '{"lead_id": "c"}',
    )
    path = leads_file(tmp_path, "\n".join(lines), "leads.jsonl")
    code, _, err = program("import", "leads", path)
    assert code == 0
    assert [record.key for record in taken] == ["a", "b", "c"]
    assert "leads.jsonl:2:1: warning: `contact.email` has several values" in err


def test_the_json_has_every_problem_and_counts_lines(tmp_path, taken, program):
    rows = [f"l{number},soon,many" for number in range(300)]
    path = leads_file(tmp_path, "lead_id,occurred_at,quantity\n" + "\n".join(rows))
    code, out, _ = program("import", "leads", path, "--json")
    found = json.loads(out)
    assert (code, found["bad"], found["good"]) == (1, 300, 0)
    assert len(found["problems"]) == 600
    code, _, err = program("import", "leads", path)
    assert "… and 580 more: --json shows all of them" in err


@pytest.mark.parametrize("header", ["GDPR Flag", "Email Bounced Reason", "Deal Owner", "opt_out_x"])
def test_a_column_of_owners_or_opt_outs_is_never_left_out_in_silence(
    tmp_path, taken, program, header
):
    path = leads_file(tmp_path, f"lead_id,{header}\nl1,x\n")
    code, _, err = program("import", "leads", path, "--ignore-unknown-columns")
    assert (code, taken) == (1, [])
    assert f"`{header}` may say who must not be contacted, or who owns a lead" in err


def test_an_opt_out_stands_over_a_consent_of_the_same_line(tmp_path, taken, program):
    text = (
        "lead_id,consent.email,Unsubscribed,Do Not Call,Email Opt Out\n"
        "a,granted,yes,no,no\nb,granted,no,perhaps,0\nc,granted,,,\n"
    )
    program("import", "leads", leads_file(tmp_path, text))
    told = {record.key: msgspec.json.decode(record.value).get("consent") for record in taken}
    assert told["a"]["email"] == "denied"
    assert told["c"] == {"email": "granted"}
    assert told.get("b", {}).get("phone") != "granted"


def test_two_phones_are_one_and_the_first_filled_counts(tmp_path, taken, program):
    text = "lead_id,Phone,Mobile Phone\na,,+49 89 12345\nb,+49 30 999,+49 89 12345\n"
    _, _, err = program("import", "leads", leads_file(tmp_path, text))
    phones = [msgspec.json.decode(record.value)["contact"]["phone"] for record in taken]
    assert phones == ["+49 89 12345", "+49 30 999"]
    assert "say the same: the first filled one counts" in err


def test_a_header_may_come_after_blank_lines_and_rows_may_end_in_empty_cells(
    tmp_path, taken, program
):
    text = "\n\nlead_id;company;\na;Acme, Inc.;;\nb;Bolt;\n"
    code, _, err = program("import", "leads", leads_file(tmp_path, text))
    assert (code, err) == (0, "")
    assert len(taken) == 2


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--date-format", "foo", "write mdy, dmy, ymd"), ("--time-zone", "Berlin", "--time-zone"),
        ("--decimal", "x", "no decimal mark"), ("--currency", "EURO", "no currency"),
        ("--encoding", "foo", "there is no encoding foo"),
    ],
)  # fmt: skip
def test_an_option_that_says_nothing_is_refused(tmp_path, taken, program, option, value, message):
    code, _, err = program("import", "leads", leads_file(tmp_path, "lead_id\na\n"), option, value)
    assert (code, taken) == (2, [])
    assert message in err


def test_a_status_column_that_is_not_there_is_told(tmp_path, taken, program):
    path = leads_file(tmp_path, "lead_id\na\n")
    code, _, err = program("import", "leads", path, "--status-column", "Stage")
    assert (code, taken) == (1, [])
    assert "there is no column `Stage`" in err


def test_a_text_that_a_spreadsheet_kept_as_a_formula_is_a_text(tmp_path, taken, program):
    path = leads_file(tmp_path, 'lead_id,zip\na,"=""07307"""\nb,="01730"\n')
    assert program("import", "leads", path)[0] == 0
    zips = [msgspec.json.decode(record.value)["location"]["postal_code"] for record in taken]
    assert zips == ["07307", "01730"]


POLICY = "policy: p\npools: {s: {channel: inside}}\n"
ROSTER = "rep_id,channels,time_zone\nann,inside,UTC\n"
LATER = "2031-01-12T10:00:00Z"
TIMED = f'"occurred_at": "{LATER}"'


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("leads.csv", f"lead_id,occurred_at\na,{LATER}\n"),
        (
            "leads.jsonl",
            f'\ufeff{{"event_id": "e", "event_type": "submitted", "lead_id": "a", {TIMED}}}\n',
        ),
    ],
)
def test_simulate_takes_leads_of_any_day_and_marks_of_byte_order(tmp_path, program, name, content):
    (tmp_path / "policy.yaml").write_text(POLICY)
    (tmp_path / "roster.csv").write_text(ROSTER)
    files = ("--policy", tmp_path / "policy.yaml", "--roster", tmp_path / "roster.csv")
    code, out, err = program("simulate", leads_file(tmp_path, content, name), *files, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["sums"]["assigned"] == 1


def test_simulate_reads_an_export_as_import_does(tmp_path, program):
    (tmp_path / "policy.yaml").write_text(POLICY)
    (tmp_path / "roster.csv").write_text(ROSTER)
    text = "Id,Created Date,City,Rating\na,3/14/2026 9:05 AM,Köln,Hot\n".encode("latin-1")
    how = "--encoding latin-1 --date-format mdy --time-zone America/New_York"
    files = ("--policy", tmp_path / "policy.yaml", "--roster", tmp_path / "roster.csv")
    code, out, err = program(
        "simulate", leads_file(tmp_path, text), *files, *how.split(), "--json",
        "--ignore-unknown-columns",
    )  # fmt: skip
    assert code == 0
    assert "columns left out: Rating" in err
    assert json.loads(out)["from"] == "2026-03-14T13:05:00.000Z"
