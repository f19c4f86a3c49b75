"""`.ci/run` and `make test-tools` on machines that lack this and that; all programs are made up."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from router.devbroker.java_runtime import JAVA_VERSION_MIN

ROOT = Path(__file__).parents[2]
CI = ROOT / ".ci" / "run"
REAL = ("bash", "sh", "dirname", "id", "sed", "cp", "timeout")
"""Programs that every machine has."""

TELLS = '#!/bin/sh\necho "$(basename "$0") $*" >> "$CALLS"\n'
APT_GET = TELLS + (
    'for package in "$@"; do from="$PACKAGES/$package"\n'
    '  [ ! -d "$from" ] || cp -R "$from/." "$BIN"\n'
    "done\n"
)
# Its headers lie where its programs do.
PYTHON = '#!/bin/sh\ncase "$2" in *sysconfig*) echo "$BIN";; esac\n'
NOTHING = "#!/bin/sh\n"


def java(version: str) -> str:
    return f"#!/bin/sh\necho 'openjdk version \"{version}\" 2023-10-17' >&2\n"


PACKAGES = {
    "make": {"make": TELLS},
    "python3": {"python3": PYTHON},
    "python3-venv": {},
    "procps": {"ps": NOTHING},
    "openjdk-17-jre-headless": {"java": java("17.0.9")},
    "maven": {"mvn": NOTHING},
    "chromium": {"chromium": NOTHING},
    "prometheus": {"promtool": NOTHING},
    "gcc": {"gcc": NOTHING},
    "libc6-dev": {},
    "python3-dev": {"Python.h": ""},
}
WHOLE = {name: text for programs in PACKAGES.values() for name, text in programs.items()}


@dataclass
class Machine:
    """Programs in ``bin``; what ``apt-get`` can bring in ``packages``."""

    home: Path

    def __post_init__(self) -> None:
        self.bin, self.packages = self.home / "bin", self.home / "packages"
        self.bin.mkdir()
        for name in (*REAL, "basename"):
            (self.bin / name).symlink_to(shutil.which(name))
        for package, programs in PACKAGES.items():
            self.package(package, programs)

    def package(self, name: str, programs: dict[str, str]) -> None:
        folder = self.packages / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for program, text in programs.items():
            write(folder / program, text)

    def has(self, programs: dict[str, str]) -> Machine:
        for name, text in programs.items():
            write(self.bin / name, text)
        return self

    def has_apt(self) -> Machine:
        return self.has({"apt-get": APT_GET, "apt-cache": NOTHING, "sudo": '#!/bin/sh\n"$@"\n'})

    def environment(self, **more: str) -> dict[str, str]:
        return {
            "PATH": str(self.bin),
            "BIN": str(self.bin),
            "PACKAGES": str(self.packages),
            "CALLS": str(self.home / "calls"),
            **more,
        }

    def run(self, *command: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, env=self.environment(**more), capture_output=True, text=True, check=False
        )

    @property
    def calls(self) -> list[str]:
        calls = self.home / "calls"
        return calls.read_text().splitlines() if calls.exists() else []

    @property
    def installed(self) -> list[str]:
        packages = [call.split()[4:] for call in self.calls if " install " in call]
        return [package for each in packages for package in each if not package.startswith("-")]


def write(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_bare_machine_gets_everything_and_then_the_tests(machine):
    done = machine.has_apt().run(CI)
    assert done.returncode == 0, done.stderr
    assert machine.installed == list(PACKAGES)
    assert machine.calls[-1] == "make test"
    assert sum(call == "apt-get -qq update" for call in machine.calls) == 1


def test_where_everything_is_there_nothing_is_installed(machine):
    done = machine.has_apt().has(WHOLE).run(CI)
    assert done.returncode == 0, done.stderr
    assert machine.calls == ["make test"]


@pytest.mark.parametrize("lacking", WHOLE)
def test_only_what_is_missing_is_installed(machine, lacking):
    machine.has_apt().has(WHOLE)
    (machine.bin / lacking).unlink()
    assert machine.run(CI).returncode == 0
    [package] = [name for name, programs in PACKAGES.items() if lacking in programs]
    assert package in machine.installed
    assert machine.calls[-1] == "make test"


@pytest.mark.parametrize("lacking", WHOLE)
def test_without_apt_get_it_says_in_one_line_what_is_missing_and_what_to_do(machine, lacking):
    machine.has(WHOLE)
    (machine.bin / lacking).unlink()
    done = machine.run(CI)
    assert done.returncode == 1
    assert re.fullmatch(
        r"the tests need [^:]+, and there is no apt-get to install it with: [a-z].+,"
        r" then run \.ci/run again\n",
        done.stderr,
        re.IGNORECASE,
    )
    assert machine.calls == []


@pytest.mark.parametrize(
    ("version", "will_do"),
    [("1.8.0_392", False), ("11.0.21", False), ("17.0.9", True), ("21", True), ("25-ea", True)],
)
def test_a_java_that_kafka_does_not_run_on_is_none(machine, version, will_do):
    machine.has_apt().has(WHOLE).has({"java": java(version)})
    assert machine.run(CI).returncode == 0
    assert ("openjdk-17-jre-headless" in machine.installed) is not will_do


def test_the_java_that_java_home_names_will_do(machine):
    machine.has_apt().has(WHOLE).has({"java": java("11")})
    home = machine.home / "jdk"
    (home / "bin").mkdir(parents=True)
    write(home / "bin" / "java", java("21.0.1"))
    assert machine.run(CI, JAVA_HOME=str(home)).returncode == 0
    assert machine.installed == []


def test_the_version_asked_for_is_the_one_that_the_router_needs():
    assert f"\njava_version_min={JAVA_VERSION_MIN} " in CI.read_text(encoding="utf-8")


def test_where_java_17_is_no_package_debians_default_is_taken(machine):
    machine.has_apt().has(WHOLE).has({"apt-cache": "#!/bin/sh\nexit 100\n"})
    (machine.bin / "java").unlink()
    machine.package("default-jre-headless", {"java": java("21.0.5")})
    assert machine.run(CI).returncode == 0
    assert machine.installed == ["default-jre-headless", "maven"]


def test_a_package_that_does_not_help_is_told_before_the_tests_run(machine):
    machine.has_apt().has(WHOLE).has({"java": java("11")})
    machine.package("openjdk-17-jre-headless", {})
    done = machine.run(CI)
    assert done.returncode == 1
    assert done.stderr.startswith("the tests need Kafka, and what was installed will not do: inst")
    assert "make test" not in machine.calls


@pytest.mark.parametrize("variable", ["LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS"])
def test_with_a_broker_that_is_set_no_java_is_needed(machine, variable):
    machine.has_apt().has({name: text for name, text in WHOLE.items() if name != "java"})
    assert machine.run(CI, **{variable: "broker:9092"}).returncode == 0
    assert machine.installed == []


TOOLS = {
    "chromium": "apt-get install chromium",
    "promtool": "apt-get install prometheus",
    "gcc": "apt-get install gcc libc6-dev",
    "Python.h": "apt-get install python3-dev",
    "ps": "apt-get install procps",
}


def make_test_tools(machine: Machine) -> subprocess.CompletedProcess[str]:
    """The recipe of `make test-tools`, run where only the made-up programs are."""
    venv = machine.home / "venv"
    (venv / "bin").mkdir(parents=True)
    write(venv / "bin" / "python", PYTHON)
    told = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", f"VENV={venv}", "test-tools"],  # noqa: S607
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    return machine.run("sh", "-c", told.stdout)


def test_make_says_of_every_tool_that_is_missing_how_to_get_it(machine):
    done = make_test_tools(machine)
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert len(lines) == len(TOOLS)
    for line, advice in zip(lines, TOOLS.values(), strict=True):
        assert re.fullmatch(rf"[a-z].+: {advice}(, or .+)?", line), line


@pytest.mark.parametrize("lacking", TOOLS)
def test_make_says_nothing_of_tools_that_are_there(machine, lacking):
    assert make_test_tools(machine.has(WHOLE)).stderr == ""
    (machine.bin / lacking).unlink()
    shutil.rmtree(machine.home / "venv")
    done = make_test_tools(machine)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert TOOLS[lacking] in done.stderr


def make_test_kafka(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`make test-kafka` where all is installed; its pytest only tells how it was called."""
    (home / "bin").mkdir()
    write(home / "bin" / "python", NOTHING)
    write(home / "bin" / "pytest", '#!/bin/sh\necho "called $* with:"; env\n')
    (home / ".dev").touch()
    return subprocess.run(
        ["make", "--silent", f"VENV={home}", "test-kafka", *arguments],  # noqa: S607
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS": "broker:9092"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_make_runs_the_tests_that_need_a_broker_on_the_kafka_that_is_named(tmp_path):
    told = make_test_kafka(tmp_path, "VERSION=4.1.1").stdout.splitlines()
    assert told[0].startswith("called -m kafka ")
    assert "TEST_KAFKA_VERSION=4.1.1" in told
    assert not any(line.startswith("LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS=") for line in told)


def test_make_wants_to_know_on_which_kafka(tmp_path):
    done = make_test_kafka(tmp_path)
    assert done.returncode != 0
    assert done.stdout == ""
    assert done.stderr.startswith("say which Kafka: make test-kafka VERSION=")


def test_the_readme_names_every_tool_that_make_test_wants():
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    [packages] = re.findall(r"`make test` also wants .+?`apt-get install ([a-z0-9 -]+)`", readme)
    wanted = " ".join(advice.removeprefix("apt-get install ") for advice in TOOLS.values())
    assert set(packages.split()) == set(wanted.split())
