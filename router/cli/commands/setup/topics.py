"""``lead-router topics``: create what is missing, say what differs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict

import typer
from rich.markup import escape
from rich.table import Table

from router.cli.output.terminal import Json, out, write_json
from router.kafka.topics.topic_admin import Applied, TopicAdmin
from router.kafka.topics.topic_differences import Difference
from router.settings import Settings

topics = typer.Typer(
    help="Create the topics, or say how they differ.",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    """Add the group to the program."""
    app.add_typer(topics, name="topics")


@topics.command()
def apply(*, as_json: Json = False) -> None:
    """Create topics that are missing and correct their configuration; again does nothing.

    Never changes a partition count or a replication factor: such differences are told, and the
    exit code is 1, unless partitions were added, which does no harm. Under live state a smaller
    count of inbox partitions than the settings name is refused.

    Example: lead-router topics apply
    """
    applied = asyncio.run(_apply(Settings()))
    if as_json:
        write_json(
            {
                "created": list(applied.created),
                "corrected": [asdict(each) for each in applied.corrected],
                "left": [asdict(each) for each in applied.left],
            }
        )
    else:
        _show_applied(applied)
    if not all(each.is_harmless for each in applied.left):
        raise typer.Exit(1)


@topics.command()
def diff(*, as_json: Json = False) -> None:
    """Say how the broker's topics differ from the settings; exits with 1 if they do.

    Example: lead-router topics diff --json
    """
    differences = asyncio.run(_diff(Settings()))
    if as_json:
        write_json([asdict(each) for each in differences])
    elif differences:
        _show_differences(differences)
    else:
        out.print("every topic is as it should be")
    if differences:
        raise typer.Exit(1)


async def _apply(settings: Settings) -> Applied:
    async with TopicAdmin.connected(settings) as admin:
        return await admin.apply()


async def _diff(settings: Settings) -> list[Difference]:
    async with TopicAdmin.connected(settings) as admin:
        return await admin.diff()


def _show_applied(applied: Applied) -> None:
    for name in applied.created:
        out.print(f"created {escape(name)}", soft_wrap=True)
    for each in applied.corrected:
        change = f"{each.setting}: {each.found} → {each.wanted}"
        out.print(f"corrected {escape(each.topic)} {escape(change)}", soft_wrap=True)
    if not applied.created and not applied.corrected:
        out.print("nothing to do: topics and their configuration are as they should be")
    if applied.left:
        out.print("left as they are:")
        _show_differences(applied.left)


def _show_differences(differences: Sequence[Difference]) -> None:
    table = Table("topic", "what", "is", "should be", box=None, pad_edge=False)
    for each in differences:
        what = each.setting or each.aspect.value
        cells = (each.topic, f"{what}, refused" if each.refused else what, each.found, each.wanted)
        table.add_row(*map(escape, cells), style="red" if each.refused else "")
    out.print(table)
    for step in dict.fromkeys(each.next_step for each in differences):
        out.print(f"next: {escape(step)}", soft_wrap=True)
