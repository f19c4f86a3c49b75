"""The core makes of a long inbox what is on record: every decision, changelog record, deadline.

20,000 events that a seed and the core's own answers make up. Whoever moves code about has changed
nothing if this passes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from tests.golden.core_names import (
    Assignment,
    CommandType,
    Event,
    Exclusion,
    FeedbackType,
    LeadEventType,
    Notify,
    Outcome,
    Reason,
)
from tests.golden.record import BLOCK, EVENTS, make_record, read_record

ROOT = Path(__file__).parents[2]
FEW = 4_000
TIMES = 3
"""A thing that happens less often than this in the record is hardly covered by it."""

HOW_TO = """
The first difference is among events {begins} to {last}, in the {what}.

If the core was to decide and to remember what it did before, it does not: find out with
    python -m tests.golden --lines FILE
in the sources before and after, and `diff`. Each line begins with the number of its event.
Only if another decision, record or deadline was meant (or the story under tests/golden was
changed) is the record to be renewed, in the same commit, whose message says what changed and why:
    python -m tests.golden"""


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    """The record as this core makes it."""
    return make_record()


def first_difference(recorded: list[Any], made: list[Any]) -> str | None:
    """Return words on the first block that differs; None if none does."""
    for expected, found in zip(recorded, made, strict=True):
        what = [name for name in expected if expected[name] != found[name]]
        if what:
            until = expected["until"]
            return HOW_TO.format(begins=until - BLOCK, last=until - 1, what=" and ".join(what))
    return None


def test_the_core_makes_of_the_inbox_what_is_on_record(made):
    recorded = read_record()
    difference = first_difference(recorded["blocks"], made["blocks"])
    if difference is not None:
        pytest.fail(difference, pytrace=False)
    assert made["counts"] == recorded["counts"]
    assert len(made["blocks"]) * BLOCK == EVENTS


def test_a_difference_is_told_with_where_it_is_and_how_to_renew_the_record():
    recorded = [
        {"until": BLOCK, "decisions": "a", "changelog": "b", "deadlines": "c"},
        {"until": 2 * BLOCK, "decisions": "a", "changelog": "b", "deadlines": "c"},
    ]
    assert first_difference(recorded, recorded) is None
    told = first_difference(recorded, [recorded[0], {**recorded[1], "deadlines": "d"}])
    assert told is not None
    assert "among events 500 to 999, in the deadlines." in told
    assert told.endswith("    python -m tests.golden")


OF_DELIVERY = ("delivered", "delivery_failed")
"""They move no lead: `tests/core/handlers` shows it."""

COVERED: tuple[tuple[str, Iterable[str]], ...] = (
    ("field", Assignment.__annotations__),
    ("outcome", Outcome),
    ("reason", Reason),
    ("exclusion", Exclusion),
    ("notify", Notify),
    ("events", [get_args(get_type_hints(kind)["kind"])[0] for kind in get_args(Event)]),
    ("event_type", get_args(LeadEventType)),
    ("feedback_type", [each for each in get_args(FeedbackType) if each not in OF_DELIVERY]),
    ("command", get_args(CommandType)),
)


@pytest.mark.parametrize(("name", "expected"), COVERED, ids=[name for name, _ in COVERED])
def test_the_record_covers_everything_that_can_happen_and_be_said(name, expected, made):
    counts = made["counts"][name]
    assert [each for each in expected if counts.get(each, 0) < TIMES] == []


def test_leads_are_isolated_and_events_become_dead_letters(made):
    assert sum(made["counts"]["isolated"].values()) > 100
    assert sum(made["counts"]["dead_letters"].values()) > 10


def test_the_record_is_the_same_however_python_hashes_texts():
    """Two interpreters, for the first events of all."""
    command = [sys.executable, "-m", "tests.golden", "--events", str(FEW)]
    running = [
        subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "4242")
    ]
    printed = [json.loads(process.communicate()[0]) for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert printed[0] == printed[1]
    assert len(printed[0]) == FEW // BLOCK
