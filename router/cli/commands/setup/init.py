"""``lead-router init``: files that work together, to begin with."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from router.cli.output.terminal import Json, out, write_json
from router.errors import UsageError

TEMPLATES = ("policy.yaml", "roster.csv", "accounts.csv", "leads.jsonl")


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("init")(init)


def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Made if it is not there.")],
    *,
    as_json: Json = False,
) -> None:
    """Write a policy, a roster, accounts and sample leads. They work together; change them.

    Files that are there already are never touched.

    Example: lead-router init my-routing
    """
    present = [name for name in TEMPLATES if (directory / name).exists()]
    if present:
        raise UsageError(
            f"{directory} holds {', '.join(present)} already: give another directory, or move them"
        )
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name in TEMPLATES:
            text = (files("router.cli") / "templates" / name).read_text(encoding="utf-8")
            (directory / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write into {directory}: {error.strerror or error}") from None
    if as_json:
        write_json({"directory": str(directory), "files": list(TEMPLATES)})
        return
    _show_next_steps(directory)


def _show_next_steps(directory: Path) -> None:
    where = escape(str(directory))
    out.print(f"wrote {', '.join(TEMPLATES)} into {where}\n\nnext:", soft_wrap=True)
    steps = (
        (f"policy check {where}/policy.yaml --roster {where}/roster.csv", "is it sound?"),
        (
            f"policy try {where}/policy.yaml {where}/leads.jsonl"  # noqa: ISC004 - one command
            f" --roster {where}/roster.csv --accounts {where}/accounts.csv",
            "who would get what, and why",
        ),
        ("dev up", "a broker on this machine"),
        ("topics apply", "its topics"),
        (f"roster apply {where}/roster.csv", ""),
        (f"policy publish {where}/policy.yaml", ""),
        (f"import accounts {where}/accounts.csv", ""),
        ("run", "and leave it running"),
        (f"import leads {where}/leads.jsonl", "the sample leads, from another terminal"),
    )
    for command, why in steps:
        remark = f"   [dim]# {why}[/dim]" if why else ""
        out.print(f"  lead-router {command}{remark}", soft_wrap=True)
