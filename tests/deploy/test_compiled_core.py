"""The compiled core decides what the plain one decides, bit by bit (docs/adr/0006)."""

import importlib.machinery
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.inbox import lead_records, setting_records

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "deploy" / "compile_core.py"
KEPT = ROOT / "build" / "test-core"
SEQUENCES, FAILING, LEADS = 240, 40, 4_000


def load_script():
    spec = importlib.util.spec_from_file_location("compile_core", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


compile_core = load_script()


def run_script(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, SCRIPT, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def compiled() -> Path:
    """A compiled router, kept for as long as the sources stay the same."""
    try:
        compile_core.c_compiler()
    except compile_core.ToolMissingError as missing:
        pytest.fail(f"the core cannot be compiled, and so not be tested: {missing}")
    target = KEPT / compile_core.fingerprint()[:16]
    for old in KEPT.glob("*"):
        if old != target and (old / compile_core.STAMP).exists():
            shutil.rmtree(old)
    made = run_script(target)
    assert made.returncode == 0, made.stdout + made.stderr
    return target


def environment(core: Path) -> dict[str, str]:
    """The core of this folder, and the repository's tests."""
    path = (core, ROOT, ROOT / "tests" / "core")
    return {**os.environ, "PYTHONSAFEPATH": "1", "PYTHONPATH": os.pathsep.join(map(str, path))}


@pytest.fixture(scope="module")
def inbox(tmp_path_factory) -> Path:
    """Inbox records of the benchmark: both cores must see the very same."""
    path = tmp_path_factory.mktemp("inbox") / "records"
    records = [*setting_records(), *lead_records(LEADS)]
    path.write_bytes(b"".join(b"%d\t%s\n" % (each.partition, each.value) for each in records))
    return path


@pytest.fixture
def folding(inbox) -> Iterator:
    """Start folding with a core; whatever still runs is ended."""
    started = []

    def start(core: Path) -> subprocess.Popen:
        program = ROOT / "tests" / "deploy" / "fold_apart.py"
        command = [sys.executable, program, str(SEQUENCES), str(FAILING), inbox]
        process = subprocess.Popen(
            command,
            env=environment(core),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.timeout(600)
def test_the_compiled_core_decides_as_the_plain_one(compiled, folding):
    processes = {"compiled": folding(compiled), "plain": folding(ROOT)}
    said = {}
    for form, process in processes.items():
        output, complaints = process.communicate()
        assert process.returncode == 0, f"{form}: {complaints}"
        actual, *said[form] = output.splitlines()
        assert actual == form
    assert said["compiled"] == said["plain"]
    assert len(said["plain"]) == SEQUENCES + FAILING + 1


@pytest.mark.timeout(600)
def test_the_compiled_core_passes_the_tests_of_the_core(compiled):
    """All but those that replace functions inside it, and but properties: see the fold above."""
    ran = subprocess.run(
        [
            *(
                sys.executable,
                "-m",
                "pytest",
                *("tests/core", "tests/golden"),
                "-m",
                "not plain_core and not hypothesis",
            ),
            *("-p", "no:cacheprovider", "-o", f"pythonpath={compiled} tests/core"),
        ],
        cwd=ROOT,
        env=environment(compiled),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-4000:]
    assert " passed" in ran.stdout


def test_a_compiled_router_is_made_once_and_says_when_it_is_stale(compiled, tmp_path):
    again = run_script(compiled)
    assert (again.returncode, again.stdout) == (0, f"{compiled} is fresh\n")
    assert run_script("--check", compiled).returncode == 0
    assert run_script("--check", tmp_path).returncode == 1
    stale = tmp_path / "stale"
    stale.mkdir()
    (stale / compile_core.STAMP).write_text("of other sources\n")
    assert run_script("--check", stale).returncode == 1


def test_what_was_not_compiled_here_is_not_replaced(tmp_path):
    (tmp_path / "mine").write_text("precious")
    refused = run_script(tmp_path)
    assert refused.returncode == 2
    assert "was not made by this program" in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_without_a_compiler_it_says_what_to_install(tmp_path):
    target = tmp_path / "core"
    failed = run_script(target, CC="no-such-cc")
    assert failed.returncode == 1
    assert failed.stderr == (
        "error: there is no C compiler (no-such-cc): apt-get install gcc libc6-dev python3-dev\n"
    )
    spared = run_script("--if-possible", target, CC="no-such-cc")
    assert spared.returncode == 0
    assert spared.stdout.startswith("the core stays plain: there is no C compiler")
    headless = run_script(target, CC="false")
    assert headless.returncode == 1
    assert "there are no headers" in headless.stderr
    assert not target.exists()


def test_a_compiler_that_fails_leaves_everything_as_it_was(tmp_path):
    compiler = tmp_path / "cc"
    compiler.write_text('#!/bin/sh\n[ "$1" = -E ] || { echo "error: no room left" >&2; exit 1; }\n')
    compiler.chmod(0o755)
    target = tmp_path / "made" / "core"
    target.mkdir(parents=True)
    (target / compile_core.STAMP).write_text("of other sources\n")
    failed = run_script("--if-possible", target, CC=str(compiler))
    assert failed.returncode == 1
    assert "no room left" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert {path.name for path in target.parent.iterdir()} == {"core", "core.log"}
    assert [path.name for path in target.iterdir()] == [compile_core.STAMP]


def test_every_module_is_compiled_or_known_to_stay_plain(compiled):
    suffix = importlib.machinery.EXTENSION_SUFFIXES[0]
    expected = {path.removesuffix(".py") for path in compile_core.modules()}
    found = {
        str(path.relative_to(compiled)).removesuffix(suffix)
        for path in (compiled / "router").rglob(f"*{suffix}")
    }
    assert found == expected
    for plain in compile_core.PLAIN:
        assert (ROOT / "router" / "core" / plain).exists(), "a module that stays plain is gone"
