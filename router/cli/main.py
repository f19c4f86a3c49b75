"""``lead-router``: the commands, put together.

Only the module of the command that was called is imported, so that ``--help`` is quick and one
command's trouble is not another's.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer


@dataclass(frozen=True, slots=True)
class Command:
    """A command or a group of commands; ``module`` has a ``register(app)`` that adds it."""

    name: str
    module: str
    summary: str


COMMANDS = (
    Command(
        "demo",
        "router.cli.commands.leads.demo",
        "500 leads through the whole pipeline, with or without Kafka.",
    ),
    Command(
        "simulate", "router.cli.commands.leads.simulate", "Route a file of leads without a broker."
    ),
    Command(
        "run", "router.cli.commands.leads.run", "Route leads until told to stop; exactly once."
    ),
    Command(
        "watch", "router.cli.commands.operate.watch", "Assignments as they are made, one line each."
    ),
    Command(
        "status",
        "router.cli.commands.operate.status",
        "Lag, rates, backlog, dead letters, what is paused.",
    ),
    Command(
        "explain", "router.cli.commands.operate.explain", "What was decided about a lead, and why."
    ),
    Command("why-not", "router.cli.commands.operate.why_not", "Why a rep did not get a lead."),
    Command("emit", "router.cli.commands.leads.emit", "Send lead events from a file."),
    Command("assign", "router.cli.commands.operate.assign", "Give a lead to a rep by hand."),
    Command(
        "feedback",
        "router.cli.commands.operate.feedback",
        "Report what became of a lead, as a CRM does.",
    ),
    Command("pause", "router.cli.commands.operate.pools", "Stop giving out the leads of a pool."),
    Command(
        "resume", "router.cli.commands.operate.pools", "Give out the leads of a paused pool again."
    ),
    Command(
        "dead-letters",
        "router.cli.commands.operate.dead_letters",
        "What could not be understood: look, mend, send again.",
    ),
    Command(
        "deliveries",
        "router.cli.commands.operate.deliveries",
        "Assignments on their way out: what failed, send it again, try one.",
    ),
    Command(
        "replay",
        "router.cli.commands.operate.replay",
        "Decide everything again and compare, bit by bit.",
    ),
    Command(
        "audit",
        "router.cli.commands.operate.audit",
        "Name what is missing or doubled in the topics; repair.",
    ),
    Command(
        "dev",
        "router.cli.commands.setup.dev",
        "A real Kafka broker on this machine: up, down, status.",
    ),
    Command(
        "topics", "router.cli.commands.setup.topics", "Create the topics, or say how they differ."
    ),
    Command(
        "schemas",
        "router.cli.commands.setup.schemas",
        "The public contract: JSON Schemas and an AsyncAPI document.",
    ),
    Command("keys", "router.cli.commands.setup.keys", "Keys of those who send over HTTP."),
    Command(
        "init",
        "router.cli.commands.setup.init",
        "Write a policy, a roster, accounts and sample leads.",
    ),
    Command(
        "roster",
        "router.cli.commands.setup.roster",
        "Apply a roster file, show who is there, note an absence.",
    ),
    Command(
        "policy",
        "router.cli.commands.setup.policy",
        "Check a policy, try it, publish it; show past ones.",
    ),
    Command(
        "source",
        "router.cli.commands.setup.source",
        "What becomes of what a vendor sends, field by field.",
    ),
    Command(
        "import", "router.cli.commands.setup.import_", "Bring in accounts and leads from files."
    ),
    Command(
        "doctor",
        "router.cli.commands.setup.doctor",
        "Check this machine, the settings and the broker.",
    ),
)
"""In the order of ``--help``."""

_EXAMPLES = """
Routes every lead to exactly one sales rep, exactly once, for a reason anyone can read.

Settings are LEAD_ROUTER_… in the environment, nested by __, or a TOML file (--config).

Examples:

  lead-router dev up             a broker on this machine

  lead-router topics apply       create the topics

  lead-router doctor             what is missing, and the next step
"""


def build_app(arguments: Sequence[str]) -> typer.Typer:
    """The program with the command that ``arguments`` call; all others by summary only."""
    app = typer.Typer(
        name="lead-router",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(help=_EXAMPLES)(_global_options)
    called = _called_command(arguments)
    for command in COMMANDS:
        if command.name == called:
            importlib.import_module(command.module).register(app)
        else:
            app.command(command.name, help=command.summary)(_not_called)
    return app


def _called_command(arguments: Sequence[str]) -> str | None:
    rest = iter(arguments)
    for argument in rest:
        if argument == "--config":
            next(rest, None)
        elif not argument.startswith("-"):
            return argument
    return None


def _not_called() -> None:
    raise AssertionError("a command was called that the arguments do not name")


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if wanted:
        typer.echo(f"lead-router {version('lead-router')}")
        raise typer.Exit


_OWN_BROKER = ("dev", "demo")
"""Commands that look for a broker by themselves."""


def _global_options(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(help="A TOML file with settings.", exists=True, dir_okay=False, readable=True),
    ] = None,
    *,
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", help="Say which version this is.", is_eager=True, callback=_show_version
        ),
    ] = False,
) -> None:
    if config is not None:
        os.environ["LEAD_ROUTER_CONFIG"] = str(config)
    if context.invoked_subcommand not in _OWN_BROKER:
        from router.devbroker.at_hand import use_development_broker  # noqa: PLC0415 - as above

        use_development_broker()
    del show_version  # its callback has acted


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; exits with 0 ok, 1 fell short, 2 usage, 130 interrupted."""
    arguments = sys.argv[1:] if arguments is None else arguments
    # What Kafka's client has to say reaches people through our errors, or where `run` logs.
    logging.getLogger("aiokafka").addHandler(logging.NullHandler())
    try:
        build_app(arguments)(list(arguments))
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        from router.cli.output.errors import explain  # noqa: PLC0415 - needs pydantic
        from router.cli.output.terminal import complain  # noqa: PLC0415 - only when there is an error

        explained = explain(error)
        if explained is None:
            raise
        lines, exit_code = explained
        for line in lines:
            complain(line)
        sys.exit(exit_code)
