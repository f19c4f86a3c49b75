"""Published policies: ``lead-router policy show`` and ``history``, and what differs between two."""

from __future__ import annotations

import asyncio
import difflib
import sys
import time
from collections.abc import Iterable
from itertools import pairwise
from typing import Annotated, Any, NamedTuple

import msgspec
import typer
from rich.markup import escape
from rich.text import Text

from router.cli.commanding import sales_org_of
from router.cli.files import count_of
from router.cli.output.outcome_tables import show as show_lines
from router.cli.output.outcome_tables import table_of
from router.cli.output.terminal import Json, out, write_json
from router.cli.records import broker_errors
from router.core.explain.formatting import moment
from router.core.model.timestamps import rfc3339
from router.errors import LeadRouterError, UsageError
from router.intake.time.timestamps import exact_ms
from router.intake.wire.refusal import FieldError
from router.kafka.client.clients import Clients
from router.kafka.queries.reader import read_topic
from router.kafka.topics.topic_names import topics_of
from router.settings import Settings

SalesOrg = Annotated[
    str | None, typer.Option("--sales-org", help="Whose policy; the default sales org if absent.")
]


class Published(NamedTuple):
    """A version of a policy as it was published; the topic keeps the newest of each for good."""

    policy_id: str
    version: int
    published_ms: int
    effective_from_ms: int
    source: str

    def as_json(self, *, in_force: bool) -> dict[str, Any]:
        """All but the text."""
        return {
            "policy_id": self.policy_id,
            "version": self.version,
            "published_at": rfc3339(self.published_ms),
            "effective_from": rfc3339(self.effective_from_ms),
            "in_force": in_force,
        }


def read_published(settings: Settings, sales_org: str) -> list[Published]:
    """Return the versions that the topic still holds for a sales org, oldest first."""
    with broker_errors(settings, "read the policies"):
        return asyncio.run(published_for(settings, sales_org))


async def published_for(settings: Settings, sales_org: str) -> list[Published]:
    """:func:`read_published` for callers with a loop."""
    found: list[Published] = []
    async for record in read_topic(Clients(settings.kafka), topics_of(settings).policies):
        published = _published(record.value or b"", settings.default_sales_org)
        if published is not None and published[0] == sales_org:
            found.append(published[1])
    return sorted(found, key=lambda each: (each.published_ms, each.version))


def _published(value: bytes, sales_org: str) -> tuple[str, Published] | None:
    """Return the version in a record with its sales org; None if there is none in it."""
    try:
        document = msgspec.json.decode(value)
        return document.get("sales_org") or sales_org, _version_of(document)
    except (ValueError, RecursionError, FieldError, AttributeError, KeyError, TypeError):
        return None  # anyone can write anything there; intake has named it a dead letter


def _version_of(document: dict[str, Any]) -> Published:
    published_ms = exact_ms(document["published_at"], "published_at")
    begins_ms = int((document.get("compiled") or {}).get("effective_from_ms") or 0)
    return Published(
        document["policy_id"],
        int(document["version"]),
        published_ms,
        max(published_ms, begins_ms),
        document.get("source") or "",
    )


def in_force_at(versions: Iterable[Published], now_ms: int) -> Published | None:
    """Return the version that decides; one that waits for its time gives way to a later one."""
    current: Published | None = None
    waits: Published | None = None
    for each in versions:
        if waits is not None and waits.effective_from_ms <= each.published_ms:
            current, waits = waits, None
        if each.effective_from_ms <= each.published_ms:
            current, waits = each, None
        else:
            waits = each
    return waits if waits is not None and waits.effective_from_ms <= now_ms else current


def difference(before: str, after: str) -> list[str]:
    """Return the lines that are gone (``-``) and new (``+``), each with two lines around it."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=2, lineterm="")
    return list(lines)[2:]  # without the names of files


def show_difference(lines: Iterable[str]) -> None:
    """Write the lines of :func:`difference`."""
    styles = {"+": "green", "-": "red", "@": "dim"}
    for line in lines:
        out.print(Text(f"  {line}", style=styles.get(line[:1], "")), soft_wrap=True)


def show(
    *,
    version: Annotated[
        int | None, typer.Option(min=1, help="This one instead of the one in force.")
    ] = None,
    sales_org: SalesOrg = None,
    as_json: Json = False,
) -> None:
    """Show the policy in force as it was written; the text alone goes to standard output.

    Example: lead-router policy show > policy.yaml
    """
    settings = Settings()
    org = sales_org_of(settings, sales_org)
    versions = read_published(settings, org)
    current = in_force_at(versions, _now_ms())
    wanted = current if version is None else _of_version(versions, version)
    if wanted is None:
        raise LeadRouterError(f"no policy of {org} is in force: `lead-router policy publish` one")
    if as_json:
        write_json({**wanted.as_json(in_force=wanted == current), "text": wanted.source})
        return
    sys.stdout.write(wanted.source if wanted.source.endswith("\n") else f"{wanted.source}\n")


def _of_version(versions: list[Published], version: int) -> Published:
    found = [each for each in versions if each.version == version]
    if not found:
        known = ", ".join(str(each.version) for each in versions) or "none"
        raise UsageError(f"version {version} is not in the topic any more; there are: {known}")
    return found[-1]


def history(*, sales_org: SalesOrg = None, as_json: Json = False) -> None:
    """List the published versions that the topic still holds, and how much each one changed.

    Kafka keeps the newest version of each policy for good, older ones for about a day; `policy
    show --version N` shows the text of one.

    Example: lead-router policy history
    """
    settings = Settings()
    org = sales_org_of(settings, sales_org)
    versions = read_published(settings, org)
    current = in_force_at(versions, _now_ms())
    if as_json:
        write_json([each.as_json(in_force=each == current) for each in versions])
        return
    table = table_of("", "policy", ">version", "published (UTC)", "decides from", "changes", "")
    changes = ["", *(_size(before, after) for before, after in pairwise(versions))]
    for each, change in zip(versions, changes, strict=False):
        table.add_row(
            escape(each.policy_id),
            str(each.version),
            moment(rfc3339(each.published_ms)),
            moment(rfc3339(each.effective_from_ms)),
            change,
            "in force" if each == current else "",
        )
    if versions:
        show_lines(table)
    show_lines(f"{count_of(len(versions), 'version')} of {escape(org)}")


def _size(before: Published, after: Published) -> str:
    lines = difference(before.source, after.source)
    added, removed = (sum(line.startswith(sign) for line in lines) for sign in "+-")
    return f"+{added} -{removed}"


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
