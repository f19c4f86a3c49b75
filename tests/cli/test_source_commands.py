"""``source try`` says what became of each field, and of whom it shows nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from router.cli.main import main
from tests.intake.sources import vendor_bodies as sent

TEMPLATES = Path(__file__).parents[2] / "router" / "cli" / "templates"


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Runs a command; gives its exit code, output and errors."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        code = 0
        try:
            main(arguments)
        except SystemExit as ended:
            code = ended.code or 0
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return call


def written(name: str, body: object) -> str:
    Path(name).write_bytes(sent.encoded(body))
    return name


def test_each_field_is_told_with_its_place_and_no_value(run):
    code, out, _ = run("source", "try", written("t.json", sent.TYPEFORM), "--source", "typeform")
    assert code == 0
    assert "leads: submitted typeform-t-1" in out
    assert "company.name                answers.company: read" in out
    assert "not mapped                  form_id" in out
    assert "ada@" not in out
    assert "Acme" not in out


def test_a_field_that_cannot_be_read_is_told_with_the_reason(run):
    body = {"id": 1, "Email": "nobody", "Country": "Atlantis"}
    code, out, _ = run("source", "try", written("z.json", body), "--source", "zoho")
    assert code == 0
    assert "contact.email               Email: " in out
    assert "Email: read" not in out
    assert "Atlantis" not in out


def test_who_would_get_the_lead_is_told_with_a_policy(run):
    code, out, _ = run(
        *("source", "try", written("t.json", sent.TYPEFORM), "--source", "typeform"),
        *("--policy", str(TEMPLATES / "policy.yaml")),
        *("--roster", str(TEMPLATES / "roster.csv")),
    )
    assert code == 0
    assert "channel line" in out
    assert "looked at" in out


def test_a_field_map_is_tried_and_its_mistakes_are_told_by_line(run):
    Path("map.yaml").write_text("fields:\n  lead_id: id\n  email: mail\n")
    body = written("b.json", {"id": "a", "mail": "ada@example.com", "colour": "red"})
    code, out, _ = run("source", "try", body, "--map", "map.yaml", "--json")
    assert code == 0
    (record,) = json.loads(out)["records"]
    assert (record["lead_id"], record["not_mapped"]) == ("a", ["colour"])
    assert "ada@" not in out
    Path("map.yaml").write_text("fields:\n  lead_id: id\n  emial: mail\n")
    code, _, err = run("source", "try", body, "--map", "map.yaml")
    assert code == 1
    assert "map.yaml:3:3: error: there is no field `emial`; did you mean `email`?" in err


def test_a_table_is_tried_row_by_row(run):
    Path("map.yaml").write_text("fields:\n  lead_id: Record ID\n  company: Company / Account\n")
    table = written("t.csv", b"Record ID,Company / Account\n1,Acme\n2,Other\n")
    code, out, _ = run("source", "try", table, "--map", "map.yaml")
    assert code == 0
    assert "2 of 2: leads: submitted 2" in out


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("b.json",), 2, "say what the file is: --source NAME, or --map FILE"),
        (("b.json", "--source", "hubspott"), 2, "there is no source hubspott; there are:"),
        (("none.json", "--source", "zoho"), 2, "none.json cannot be read"),
        (("b.json", "--source", "zoho", "--roster", "r.csv"), 2, "add --policy FILE"),
    ],
)
def test_what_is_called_wrongly_is_told(run, arguments, code, told):
    written("b.json", {"id": 1})
    found, _, err = run("source", "try", *arguments)
    assert (found, told in err) == (code, True), err


def test_what_is_refused_and_what_holds_nothing_fall_short(run):
    code, out, _ = run("source", "try", written("b.json", b"{"), "--source", "zoho")
    assert code == 1
    assert "not_json: the body is not JSON" in out
    code, out, _ = run("source", "try", written("b.json", []), "--source", "hubspot")
    assert code == 1
    assert "nothing in it tells of a lead" in out


def test_sources_are_listed_without_their_secrets(run, monkeypatch):
    monkeypatch.setenv("LEAD_ROUTER_SOURCES__CRM__KIND", "hubspot")
    monkeypatch.setenv("LEAD_ROUTER_SOURCES__CRM__SECRET", "open-sesame")
    code, out, _ = run("source", "list")
    assert code == 0
    assert "crm" in out
    assert "open-sesame" not in out
    code, out, _ = run("source", "list", "--json")
    assert json.loads(out)["sources"] == [
        {"name": "crm", "kind": "hubspot", "signed": True, "map": None, "sales_org": None}
    ]
