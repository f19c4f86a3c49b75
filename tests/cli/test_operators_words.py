"""Commands understand people, and speak their words; no broker is needed."""

from __future__ import annotations

import json
import os
import socket

import pytest

from router.cli.commands.setup.policy_versions import Published, difference, in_force_at
from router.cli.rep_names import rep_of
from router.cli.roster_difference import compare
from router.core.explain.explain import People
from router.devbroker.at_hand import BOOTSTRAP_VARIABLE, use_development_broker
from router.errors import UsageError
from router.intake.records.admit import admit
from router.intake.records.context import IntakeContext
from router.settings import Settings

NOW_MS = 1_800_000_000_000
PEOPLE = People(
    {"r-1": "Anna Keller", "r-2": "Anna Park", "r-3": "Bruno", "bruno": "Cleo Bruno"},
    {0: "r-1", 1: "r-2", 2: "r-3", 3: "bruno"},
    {"keller": ("r-2",)},
)


@pytest.mark.parametrize(
    ("name", "rep_id"),
    [
        ("r-1", "r-1"),
        ("anna keller", "r-1"),
        ("Park", "r-2"),
        ("keller", "r-2"),  # an id in a CRM
        ("bruno", "bruno"),  # a rep id
        ("Bruno", "r-3"),  # a whole name
        ("Cleo", "bruno"),
    ],
)
def test_a_rep_is_named_by_id_or_by_a_name_that_is_unique(name, rep_id):
    assert rep_of(PEOPLE, name) == rep_id


def test_a_name_that_several_have_names_them_all():
    with pytest.raises(UsageError, match="Anna may be any of r-1, r-2: name one of them"):
        rep_of(PEOPLE, "Anna")
    with pytest.raises(UsageError, match="there is no rep Keller P"):
        rep_of(PEOPLE, "Keller P")


def test_a_name_means_reps_of_the_sales_org_only():
    people = People(PEOPLE.names, {0: "r-2"}, {})
    assert rep_of(people, "Anna") == "r-2"


@pytest.fixture
def recorded(tmp_path, monkeypatch):
    """A port that somebody listens on, recorded as that of the development broker."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv(BOOTSTRAP_VARIABLE, "")
    directory = tmp_path / "lead-router" / "kafka"
    directory.mkdir(parents=True)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        (directory / "broker.json").write_text(json.dumps({"port": port}))
        yield port


def test_a_new_terminal_finds_the_development_broker_that_runs(recorded):
    use_development_broker()
    assert os.environ[BOOTSTRAP_VARIABLE] == f"127.0.0.1:{recorded}"
    assert Settings().kafka.bootstrap_servers == f"127.0.0.1:{recorded}"


@pytest.mark.parametrize(
    ("variable", "value"),
    [(BOOTSTRAP_VARIABLE, "kafka:9093"), ("LEAD_ROUTER_CONFIG", "router.toml")],
)
def test_a_broker_that_is_named_is_left_as_it_is(recorded, monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    before = os.environ[BOOTSTRAP_VARIABLE]
    use_development_broker()
    assert os.environ[BOOTSTRAP_VARIABLE] == before


def test_a_development_broker_that_has_ended_is_not_taken(recorded, tmp_path):
    (tmp_path / "lead-router" / "kafka" / "broker.json").write_text('{"port": 1}')
    use_development_broker()
    assert not os.environ[BOOTSTRAP_VARIABLE]


WON = {
    "event_id": "e",
    "lead_id": "l",
    "feedback_type": "won",
    "occurred_at": "2026-01-12T09:30:00Z",
}


@pytest.mark.parametrize(
    ("role", "record", "said"),
    [
        ("roster", {"rep_id": "a", "starts": "2019"}, "starts must be a date such as 2019-03-14"),
        ("roster", {"rep_id": "a", "leaves": 2019}, "leaves must be a date such as 2019-03-14"),
        (
            "feedback",
            {**WON, "occurred_at": "today"},
            "occurred_at must be a time such as 2026-01-12T09:30:00Z",
        ),
    ],
)
def test_a_value_of_the_wrong_form_is_told_by_an_example(role, record, said):
    context = IntakeContext.of(Settings())
    answer = admit(role, None, None, json.dumps(record).encode(), (), NOW_MS, context)
    assert answer.detail == said


def test_a_roster_file_tells_what_it_changes_by_field():
    at = {"updated_at": "2026-01-01T00:00:00Z"}
    before = {"rep_id": "ann", "sales_org": "main", "role": "inside_rep", "skills": ["a"], **at}
    after = {"rep_id": "ann", "sales_org": "main", "role": "lead", "weight": 2}
    found = compare({"ann": after}, {"ann": before}, "main", NOW_MS)
    assert found.as_json(removed=False)["changes"] == {
        "ann": {"role": ["inside_rep", "lead"], "weight": [None, 2], "skills": [["a"], None]}
    }


def published(version: int, at_ms: int, begins_ms: int = 0) -> Published:
    return Published("p", version, at_ms, max(at_ms, begins_ms), f"version {version}")


@pytest.mark.parametrize(
    ("versions", "in_force"),
    [
        ([], None),
        ([published(1, 10)], 1),
        ([published(1, 10), published(2, 20, 200)], 1),
        ([published(1, 10), published(2, 20, 90)], 2),
        ([published(1, 10), published(2, 20, 90), published(3, 30)], 3),  # 2 gave way
        ([published(1, 10), published(2, 20, 25), published(3, 30, 200)], 2),
    ],
)
def test_a_policy_that_waits_for_its_time_gives_way_to_a_later_one(versions, in_force):
    found = in_force_at(versions, 100)
    assert (found.version if found else None) == in_force


def test_what_a_policy_changes_is_shown_by_line():
    lines = difference("a: 1\nb: 2\nc: 3\n", "a: 1\nb: 5\nc: 3\n")
    assert lines[1:] == [" a: 1", "-b: 2", "+b: 5", " c: 3"]
