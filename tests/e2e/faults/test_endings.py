"""Which ends of a router a fault explains, and which the fault test must not let pass."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.e2e.faults.endings import Ending, complaints, is_documented
from tests.e2e.faults.plan import Kind

FENCED = (
    "the transaction of x.route-x.routing.inbox-2 failed at x.routing.inbox-2 (ProducerFenced), so"
    " all memory of the partition is dropped and it is opened again"
)
BROKER = (
    "the broker cannot be asked about topics (KafkaConnectionError): start one with `lead-router"
    " dev up`, or see with `lead-router doctor` that LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS is right"
)
DEFECT = (
    "route of x.routing.inbox-2 failed after offset 7: a defect, or lack of memory (KeyError in"
    " decide.py:7); nothing of it was committed: start again, and report it if it comes back; see"
    " `lead-router doctor`"
)
UNASKED = "Traceback (most recent call last):\naiokafka.errors.ProducerFenced: ProducerFenced"
STARTED = "[info] roles.started\n"


def ended(code: int | None, *struck_by: Kind, said: str = "roles.stopped") -> Ending:
    return Ending("router-1", code, frozenset(struck_by), f"{STARTED}{said}\n\n")


@pytest.mark.parametrize(
    "ending",
    [
        ended(0, Kind.TERMINATE),
        ended(-signal.SIGKILL, Kind.KILL),
        Ending("router-1", -signal.SIGTERM, frozenset({Kind.TERMINATE}), ""),
    ],
    ids=str,
)
def test_an_end_that_the_fault_explains_is_documented(ending: Ending) -> None:
    assert is_documented(ending)


@pytest.mark.parametrize(
    "ending",
    [
        ended(0),
        ended(0, Kind.FREEZE),
        ended(1, Kind.FREEZE, said=FENCED),
        ended(1, Kind.BROKER, said=FENCED),
        ended(1, Kind.TERMINATE, said=FENCED),
        ended(1, Kind.BROKER, said=BROKER),
        Ending("router-1", 1, frozenset({Kind.BROKER}), f"starting\n{BROKER}\n\n"),
        ended(1, Kind.FREEZE, said=DEFECT),
        ended(1, Kind.BROKER, said=DEFECT),
        ended(1, Kind.BROKER, said="KeyError: 'lead_id'"),
        ended(1, Kind.FREEZE, said=UNASKED.splitlines()[1]),
        ended(1, Kind.FREEZE, said=f"{FENCED}\n{DEFECT}"),
        ended(-signal.SIGTERM, Kind.TERMINATE),
        ended(-signal.SIGSEGV, Kind.KILL),
        ended(None, Kind.TERMINATE),
    ],
    ids=str,
)
def test_any_other_end_is_complained_of_with_why_the_router_says_it_ends(
    ending: Ending, tmp_path: Path
) -> None:
    [complaint] = complaints([ending], tmp_path)
    assert complaint.endswith(ending.log.splitlines()[-2])
    assert "router-1" in complaint


def test_a_defect_is_found_in_any_log_whatever_came_of_it(tmp_path: Path) -> None:
    log = tmp_path / "guest-1.log"
    log.write_text(f"{STARTED}{DEFECT}\nroles.stopped\n")
    assert list(complaints([ended(-9, Kind.KILL)], tmp_path)) == [f"guest-1.log: {DEFECT}"]
