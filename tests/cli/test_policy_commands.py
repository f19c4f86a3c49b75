"""``policy check``, ``policy try`` and ``init``, as people call them."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest

from router.cli.main import main

TEMPLATES = files("router.cli") / "templates"
AT = "2026-11-23T15:00:00Z"


@pytest.fixture
def program(capsys):
    def run(*arguments):
        code = 0
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as exited:
            code = exited.code
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def begun(tmp_path, program) -> Path:
    """A directory that ``init`` has filled."""
    code, _, _ = program("init", tmp_path / "routing")
    assert code == 0
    return tmp_path / "routing"


def try_template(program, begun, *more):
    return program(
        "policy", "try", begun / "policy.yaml", begun / "leads.jsonl",
        "--roster", begun / "roster.csv", "--accounts", begun / "accounts.csv", "--at", AT, *more,
    )  # fmt: skip


def test_init_writes_files_that_pass_their_own_checks(begun, program):
    code, out, err = program(
        "policy", "check", begun / "policy.yaml", "--roster", begun / "roster.csv"
    )
    assert (code, err) == (0, "")
    assert "good, 0 warnings" in out


def test_init_tells_the_next_steps(tmp_path, program):
    code, out, _ = program("init", tmp_path / "new")
    assert code == 0
    assert "lead-router policy check" in out
    assert "lead-router roster apply" in out


def test_init_never_touches_what_is_there(begun, program):
    (begun / "policy.yaml").write_text("mine")
    (begun / "roster.csv").unlink()
    code, _, err = program("init", begun)
    assert code == 2
    assert "holds policy.yaml" in err
    assert (begun / "policy.yaml").read_text() == "mine"
    assert not (begun / "roster.csv").exists()


def test_the_sample_leads_show_what_a_policy_can_say(begun, program):
    code, out, err = try_template(program, begun, "--json")
    assert (code, err) == (0, "")
    decided = {trial["lead_id"]: trial["decisions"][-1] for trial in json.loads(out)}
    reasons = {lead_id: (each["outcome"], each["reason"]) for lead_id, each in decided.items()}
    assert reasons == {
        "L-1001": ("assigned", "rotation"),
        "L-1002": ("assigned", "account_owner"),
        "L-1003": ("assigned", "rotation"),
        "L-1004": ("assigned", "account_owners_partner"),
        "L-1005": ("assigned", "rotation"),
        "L-1006": ("nurtured", "too_small"),
        "L-1007": ("assigned", "found_by_rep"),
        "L-1008": ("assigned", "rotation"),
        "L-1009": ("closed", "consent_refused"),
        "L-0007": ("assigned", "imported"),
    }
    assert decided["L-1001"]["territory_id"] == "de-south"
    assert decided["L-1001"]["sales_channel"] == "field"
    assert decided["L-1003"]["channel_rule"] == "use inside_then_field, when value: 15000+"


def test_try_says_in_words_who_could_not_have_the_lead(begun, program):
    code, out, _ = try_template(program, begun)
    assert code == 0
    assert "L-1001: assigned to Anna Fischer (anna), field sales" in out
    assert "3 do not serve the territory: Claire Dubois, Dave Ortiz, Ella Brooks" in out
    assert "+15 industry: [software, finance, manufacturing]" in out


def test_try_decides_as_of_the_time_it_is_given(begun, program):
    lead = begun / "lead.json"
    lead.write_text(json.dumps({"contact": {"language": "de"}, "occurred_at": AT}))
    found = {}
    for at in (AT, "2026-11-22T15:00:00Z"):  # a Monday, and the Sunday before
        code, out, _ = program(
            "policy", "try", begun / "policy.yaml", lead, "--roster", begun / "roster.csv",
            "--at", at, "--json",
        )  # fmt: skip
        assert code == 0
        found[at] = json.loads(out)[0]["decisions"][-1]["outcome"]
    assert list(found.values()) == ["assigned", "queued"]


def test_try_without_a_roster_says_what_is_missing(begun, program):
    code, out, _ = program(
        "policy", "try", begun / "policy.yaml", begun / "leads.jsonl", "--at", AT
    )
    assert code == 0
    assert "add --roster FILE" in out


def test_try_refuses_a_lead_that_intake_would_refuse(begun, program):
    lead = begun / "lead.json"
    lead.write_text('{"lead_id": "someone@example.com"}')
    code, _, err = program("policy", "try", begun / "policy.yaml", lead)
    assert code == 1
    assert "lead_id must not be an e-mail address" in err


def test_check_shows_the_line_with_a_caret(tmp_path, program):
    path = tmp_path / "policy.yaml"
    path.write_text("policy: p\npools:\n  a: {channel: fied}\n")
    code, out, err = program("policy", "check", path)
    assert code == 1
    assert "policy.yaml:3:16: error: `channel` cannot be `fied`; did you mean `field`?" in err
    assert "    a: {channel: fied}\n                 ^" in err
    assert "nothing can be published" in out


def test_check_gives_json(tmp_path, program):
    path = tmp_path / "policy.yaml"
    path.write_text("policy: p\npools: {a: {}}\nchannel: [{use: insid}]\n")
    code, out, _ = program("policy", "check", path, "--json")
    assert code == 1
    found = json.loads(out)
    assert found["valid"] is False
    assert found["problems"][0]["line"] == 3
    assert found["problems"][0]["path"] == "channel[1].use"


def test_check_with_a_roster_finds_who_would_get_nothing(tmp_path, program):
    policy, roster = tmp_path / "policy.yaml", tmp_path / "roster.csv"
    policy.write_text(
        "policy: p\n"
        "channel: field\n"
        "territories: {north: {when: {country: NO}}, rest: {}}\n"
        "pools:\n"
        "  a: {channel: field, members: {role: field_rep}, match: [territory, language]}\n"
        "  b: {channel: field, members: {role: hunter}, when: {segment: b2b}}\n"
    )
    roster.write_text(
        "rep_id,channels,role,territories,time_zone\n"
        "ann,field,Field Rep,rest;nroth,UTC\n"
        "bob,inside,inside_rep,,UTC\n"
    )
    code, out, err = program("policy", "check", policy, "--roster", roster)
    assert code == 0
    assert "policy.yaml:6:3: warning: no rep of the roster is in pool `b`" in err
    assert "policy.yaml:3:15: warning: no rep serves territory `north`" in err
    assert "`ann` serves nroth: no such territory" in err
    assert "matches language, but the roster names none for ann" in err
    assert "bob are in no pool" in err
    assert "6 warnings" in out


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read"),
        (b"a: \xff", "policy.yaml:1:4: the byte 0xFF is not UTF-8"),
        (b"x" * 300_000, "is larger than"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(tmp_path, program, content, message):
    path = tmp_path / "policy.yaml"
    if content is not None:
        path.write_bytes(content)
    code, _, err = program("policy", "check", path)
    assert code == 2
    assert message in err
    assert err.count("\n") == 1
