"""``lead-router policy publish``: put a policy in force, and say what it changes."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec
import typer
from rich.markup import escape

from router.cli.commanding import sales_org_of
from router.cli.commands.setup.policy_versions import (
    Published,
    SalesOrg,
    difference,
    in_force_at,
    published_for,
    show_difference,
)
from router.cli.files import read_text, show_problems
from router.cli.output.terminal import Json, out, write_json
from router.cli.records import Outgoing, Publisher, broker_errors
from router.core.model.policy import Policy
from router.core.model.timestamps import rfc3339
from router.errors import LeadRouterError
from router.intake.policy import check_policy, policy_to_plain, source_digest
from router.intake.policy.tree import TEXT_BYTES_MAX
from router.kafka.client.clients import Clients
from router.kafka.queries.lookups import latest_by_key
from router.kafka.topics.topic_names import topics_of
from router.settings import Settings


class Draft(NamedTuple):
    """A policy that is ready to be published; ``before`` is the one in force until then."""

    record: dict[str, Any]
    effective_from: str
    before: Published | None

    def as_json(self) -> dict[str, Any]:
        """Return itself and its changes, for programs."""
        names = ("policy_id", "version", "sales_org", "published_at")
        return {name: self.record[name] for name in names} | {
            "effective_from": self.effective_from,
            "changes": self.changes,
        }

    @property
    def changes(self) -> list[str]:
        """The lines that differ from the policy in force."""
        return difference(self.before.source if self.before else "", self.record["source"])


def publish(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The policy, as YAML.")],
    *,
    sales_org: SalesOrg = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Publish a text that is in force already.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check a policy, say what it changes, count its version up by one, and publish it.

    It decides from its `effective_from` on, or at once. Exits with 1 if the policy cannot be
    used or is in force already.

    Example: lead-router policy publish policy.yaml --dry-run
    """
    text, settings = read_text(path, bytes_max=TEXT_BYTES_MAX), Settings()
    now_ms = time.time_ns() // 1_000_000
    checked = check_policy(text, published_at_ms=now_ms)
    show_problems(path, checked.problems, text)
    if checked.policy is None:
        raise LeadRouterError(f"{path} is not published: mend the errors above and try again")
    org = sales_org_of(settings, sales_org)
    with broker_errors(settings, "publish a policy"):
        draft = asyncio.run(_draft(settings, text, checked.policy, org, now_ms, force=force))
        if not dry_run:
            asyncio.run(_publish(settings, draft))
    if as_json:
        write_json({**draft.as_json(), "dry_run": dry_run})
        return
    _show(draft, dry_run=dry_run)


def _show(draft: Draft, *, dry_run: bool) -> None:
    record, before = draft.record, draft.before
    if before is None:
        out.print("no policy is in force yet: leads that wait for one will be decided")
    else:
        name = f"{before.policy_id} version {before.version}"
        out.print(f"changes of {escape(name)}, which is in force:", soft_wrap=True)
        show_difference(draft.changes)
    done = "would be published:" if dry_run else "published"
    out.print(
        f"{done} policy [bold]{escape(record['policy_id'])}[/bold] version {record['version']} for"
        f" sales org {escape(record['sales_org'])}; it decides from {draft.effective_from}",
        soft_wrap=True,
    )


async def _draft(
    settings: Settings, text: str, policy: Policy, sales_org: str, now_ms: int, *, force: bool
) -> Draft:
    """Return the record to publish.

    Raises:
        LeadRouterError: it is published already, is another sales org's, or too large.
    """
    policy_id = policy.policy_id
    clients, topic = Clients(settings.kafka), topics_of(settings).policies
    last = (await latest_by_key(clients, topic)).get(policy_id)
    version = _next_version(last, policy_id, sales_org, text, force=force)
    compiled = check_policy(text, version=version, published_at_ms=now_ms).policy
    if compiled is None:
        raise AssertionError("a policy that was good a moment ago is not")
    record = {
        "policy_id": policy_id,
        "version": version,
        "sales_org": sales_org,
        "published_at": rfc3339(now_ms),
        "source": text,
        "compiled": policy_to_plain(compiled),
    }
    size = len(msgspec.json.encode(record))
    if size > settings.value_bytes_max:
        raise LeadRouterError(
            f"the policy takes {size:,} bytes and {settings.value_bytes_max:,} are"
            " allowed: shorten it, or raise LEAD_ROUTER_VALUE_BYTES_MAX on every role"
        )
    before = in_force_at(await published_for(settings, sales_org), now_ms)
    return Draft(record, rfc3339(compiled.effective_from_ms), before)


async def _publish(settings: Settings, draft: Draft) -> None:
    topic = topics_of(settings).policies
    async with Publisher.started(Clients(settings.kafka), topic) as publisher:
        value = msgspec.json.encode(draft.record)
        await publisher.put([Outgoing(draft.record["policy_id"], value)])


def _next_version(
    last: bytes | None, policy_id: str, sales_org: str, text: str, *, force: bool
) -> int:
    if last is None:
        return 1
    document = msgspec.json.decode(last)
    owner = document.get("sales_org") or sales_org
    if owner != sales_org:
        raise LeadRouterError(
            f"policy `{policy_id}` belongs to sales org {owner}: give this one another name"
        )
    version = int(document["version"])
    if not force and source_digest(document.get("source", "")) == source_digest(text):
        raise LeadRouterError(
            f"policy `{policy_id}` version {version} has this very text already: change it, or"
            " publish it again with --force"
        )
    return version + 1
