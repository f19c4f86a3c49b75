"""Figures of different runs stand side by side in one file, and are not held against each other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench.__main__ import with_end_to_end
from tests.bench.report import Run, machine, moment, write

MORNING, EVENING = "2026-11-24T08:00:00+00:00", "2026-11-24T20:00:00+00:00"


def rates(per_s: float) -> dict[str, float]:
    return {"wall_per_s": per_s, "client_cpu_per_s": per_s}


def run_of(began: str, *names: str, load: float = 0.5) -> Run:
    run = Run(began)
    for name in names:
        for later in (0.0, 1.0, 7.0):
            run.note(name, (began, load + later))
    return run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Of a morning on which both route and Faust were measured."""
    path = tmp_path / "build" / "bench.json"
    results = {"route": rates(20_000), "faust": rates(2_000), "ceiling": rates(100_000)}
    assert write(path, results, run_of(MORNING, *results), keep_others=False) == []
    return path


def test_figures_of_one_run_are_compared(file):
    found = json.loads(file.read_text())
    assert found["ratios"]["route / faust"] == {"wall_per_s": 10}
    assert found["runs"] == {MORNING: machine()}


def test_each_name_tells_in_which_run_when_and_at_what_load_it_was_measured(file):
    write(file, {"faust": rates(2_500)}, run_of(EVENING, "faust", load=9.0), keep_others=True)
    measured = json.loads(file.read_text())["measured"]
    assert measured["route"] == {"run": MORNING, "at": MORNING, "load_1m": 1.5}
    assert measured["faust"] == {"run": EVENING, "at": EVENING, "load_1m": 10.0}


def test_figures_of_different_runs_are_kept_and_not_compared(file):
    left_out = write(file, {"faust": rates(2_500)}, run_of(EVENING, "faust"), keep_others=True)
    assert left_out == ["route / faust"]
    found = json.loads(file.read_text())
    assert found["faust"]["wall_per_s"] == 2_500
    assert found["route"]["wall_per_s"] == 20_000
    assert found["ratios"] == {"route / ceiling": {"wall_per_s": 0.2}}
    assert set(found["runs"]) == {MORNING, EVENING}


def test_a_run_of_which_nothing_is_left_is_forgotten(file):
    results = {"route": rates(1), "faust": rates(1), "ceiling": rates(1)}
    write(file, results, run_of(EVENING, *results), keep_others=True)
    assert set(json.loads(file.read_text())["runs"]) == {EVENING}


def test_without_only_nothing_of_an_earlier_run_stays(file):
    write(file, {"faust": rates(2_500)}, run_of(EVENING, "faust"), keep_others=False)
    assert set(json.loads(file.read_text())) == {"faust", "ratios", "measured", "runs"}


def test_what_an_earlier_version_wrote_is_kept_and_compared_with_nothing(file):
    old = {
        "route": rates(20_000),
        "ceiling": rates(1),
        "ratios": {"x": {}},
        "machine": {"cores": 2},
    }
    file.write_text(json.dumps(old))
    left_out = write(file, {"faust": rates(2_500)}, run_of(EVENING, "faust"), keep_others=True)
    assert left_out == ["route / ceiling", "route / faust"]
    found = json.loads(file.read_text())
    assert found["route"]["wall_per_s"] == 20_000
    assert found["ratios"] == {}
    assert set(found["measured"]) == {"faust"}
    assert "machine" not in found


def test_end_to_end_was_measured_when_its_better_variant_was(tmp_path):
    run = Run(MORNING)
    run.note("end_to_end_1_process", (MORNING, 0.0))
    run.note("end_to_end_2_processes", (EVENING, 3.0))
    results = {"end_to_end_1_process": rates(1), "end_to_end_2_processes": rates(2)}
    results = with_end_to_end(results, run)
    assert results["end_to_end"]["processes"] == 2
    assert run.measured("end_to_end") == {"run": MORNING, "at": EVENING, "load_1m": 3.0}
    assert write(tmp_path / "bench.json", results, run, keep_others=False) == []


def test_a_moment_is_in_utc_and_tells_the_load():
    at, load = moment()
    assert at.endswith("+00:00")
    assert load >= 0
