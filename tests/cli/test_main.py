"""The program as a whole: what it imports, and how it says that something is wrong."""

import importlib
import os
import subprocess
import sys

import pytest
import typer.main

from router.cli.main import COMMANDS, build_app, main
from router.errors import UsageError


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return ended.value.code


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_listed_command_registers_itself_under_its_name(command):
    app = build_app([command.name])
    importlib.import_module(command.module)
    groups = {group.name for group in app.registered_groups}
    commands = {each.name for each in app.registered_commands}
    others = {each.name for each in COMMANDS} - {command.name}
    assert (groups | commands) - others == {command.name}
    assert command.summary.endswith(".")


def leaves(command, path: tuple[str, ...]):
    """Each command under a group, or the command itself, with the words that call it."""
    if not hasattr(command, "commands"):
        yield path, command
    else:
        for name, each in command.commands.items():
            yield from leaves(each, (*path, name))


def test_every_command_but_run_answers_programs_in_json():
    """As the README says."""
    without = set()
    for command in COMMANDS:
        group = typer.main.get_command(build_app([command.name]))
        for path, each in leaves(group.commands[command.name], (command.name,)):
            if not any("--json" in parameter.opts for parameter in each.params):
                without.add(path)
    assert without == {("run",)}


def test_help_lists_every_command_and_imports_none_of_them():
    script = (
        "import sys\nfrom router.cli.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'aiokafka', 'pydantic', 'msgspec', 'router.settings'} & set(sys.modules)\n"
        "print('imported:', sorted(heavy))\n"
    )
    shown = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout
    assert all(command.name in shown for command in COMMANDS)
    assert "imported: []" in shown


def test_the_version_is_that_of_the_distribution(capsys):
    assert run("--version") == 0
    assert capsys.readouterr().out.startswith("lead-router 0.")


@pytest.mark.parametrize("arguments", [["nope"], ["--config", "/nowhere.toml", "dev", "status"]])
def test_a_wrong_call_is_usage(arguments):
    assert run(*arguments) == 2


def test_every_wrong_setting_is_named_by_its_variable(monkeypatch, capsys):
    monkeypatch.setenv("LEAD_ROUTER_KAFKA__SESSION_TIMEOUT_MS", "soon")
    monkeypatch.setenv("LEAD_ROUTER_TOPICS__PARTITIONS", "0")
    assert run("topics", "diff") == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("LEAD_ROUTER_KAFKA__SESSION_TIMEOUT_MS: ")
    assert lines[1].startswith("LEAD_ROUTER_TOPICS__PARTITIONS: ")
    assert "soon" not in "".join(lines), "a setting may be a secret"


def test_a_list_that_is_not_json_is_told(monkeypatch, capsys):
    monkeypatch.setenv("LEAD_ROUTER_SALES_ORGS", "a,b")
    assert run("topics", "diff") == 2
    assert "sales_orgs" in capsys.readouterr().err


def test_a_configuration_file_sets_and_the_environment_wins(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LEAD_ROUTER_CONFIG", "")
    monkeypatch.setenv("LEAD_ROUTER_TOPICS__PREFIX", "theirs.")
    config = tmp_path / "router.toml"
    config.write_text('[kafka]\nbootstrap_servers = "127.0.0.1:1"\n[topics]\nprefix = "mine."\n')
    assert run("--config", str(config), "topics", "diff") == 1
    assert "127.0.0.1:1" in capsys.readouterr().err


def test_a_configuration_file_that_is_not_toml_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LEAD_ROUTER_CONFIG", "")
    config = tmp_path / "router.toml"
    config.write_text("kafka: yaml\n")
    assert run("--config", str(config), "topics", "diff") == 2
    assert "not TOML" in capsys.readouterr().err


def test_an_error_a_person_can_act_on_is_one_line_with_its_exit_code(monkeypatch, capsys):
    def refuse():
        raise UsageError("cannot do [this]: do that")

    monkeypatch.setattr("router.devbroker.dev_broker.running", refuse)
    assert run("dev", "status") == 2
    assert capsys.readouterr().err == "cannot do [this]: do that\n"


def test_a_defect_of_ours_keeps_its_traceback(monkeypatch):
    def break_down():
        raise ZeroDivisionError

    monkeypatch.setattr("router.devbroker.dev_broker.running", break_down)
    with pytest.raises(ZeroDivisionError):
        main(["dev", "status"])


INTERRUPTED_WITHIN_EXEC = """
from router.cli import main
main.build_app = lambda _: lambda _: exec("raise KeyboardInterrupt")
"""


def test_an_interruption_ends_with_its_exit_code_wherever_it_comes(tmp_path):
    """As while a dataclass is made: Python remembers it although it is caught."""
    (tmp_path / "sitecustomize.py").write_text(INTERRUPTED_WITHIN_EXEC)
    path = os.pathsep.join((str(tmp_path), os.environ.get("PYTHONPATH", "")))
    ended = subprocess.run(
        [sys.executable, "-m", "router.cli", "demo"],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 130, ended.stderr
