"""Where the last audit stands, in ``routing.positions``: ``doctor`` says when to run another.

Positions like intake's: the audit has come so far in each partition of the inbox, at that time, and
with so many findings.
"""

from __future__ import annotations

import time
from typing import NamedTuple

from router.audit.auditor import Audit
from router.core.explain.formatting import moment
from router.core.model.timestamps import rfc3339
from router.errors import LeadRouterError
from router.kafka.client.clients import Clients, start_whole
from router.kafka.queries.broker_probe import Check
from router.kafka.queries.lookups import latest_by_key
from router.kafka.queries.reader import log_spans
from router.kafka.topics.codecs import decode, encode
from router.kafka.topics.positions import Position, position_record
from router.kafka.topics.topic_names import topics_of
from router.settings import Settings

_KEYS = "audit/"

_WHEN = (
    "run `lead-router audit` once after an upgrade, after a broker was restored from a backup, and"
    " after a time of broken connections"
)


class Noted(NamedTuple):
    """The last audit: when, with how many findings, and how many offsets of the inbox ago.

    ``at_ms`` is None when there was none, ``since`` 0 when nothing was ever routed. ``mendable``
    findings are those that a repair mends.
    """

    at_ms: int | None = None
    findings: int = 0
    mendable: int = 0
    since: int = 0


async def note(audit: Audit) -> None:
    """Write down how far ``audit`` came, and what it found."""
    topics = topics_of(audit.settings)
    now_ms = int(time.time() * 1000)
    found = {"findings": sum(1 for _ in audit.findings), "mendable": audit.mendable}
    producer = audit.clients.plain_producer()
    try:
        await start_whole(producer)
        for source in audit.cut.inbox:
            came_to = Position(audit.cut.applied.get(source.partition, 0), now_ms)
            key, value = position_record(source, came_to)
            noted = encode({**decode(value), **found})
            await producer.send_and_wait(topics.positions, noted, _KEYS.encode() + key, partition=0)
    finally:
        await producer.stop()


async def last_noted(settings: Settings) -> Noted:
    """The last audit of the deployment that ``settings`` name.

    Raises:
        LeadRouterError: its topics do not exist.
    """
    clients, topics = Clients(settings.kafka), topics_of(settings)
    held = await log_spans(clients, [topics.inbox])
    rows = await latest_by_key(clients, topics.positions)
    noted, since = Noted(), 0
    for source, span in held.items():
        row = rows.get(_KEYS + position_record(source, Position(0))[0].decode())
        said = decode(row) if row is not None else {"next_offset": 0}
        if row is not None:
            noted = Noted(said["at_ms"], said["findings"], said["mendable"])
        since += max((span.end or 0) - said["next_offset"], 0)
    return noted._replace(since=since)


async def audit_check(settings: Settings) -> Check:
    """Say when the last audit was and how it came out, or when to run the first, for ``doctor``."""
    try:
        noted = await last_noted(settings)
    except LeadRouterError:
        return Check("audit", ok=True, found="there are no topics yet")
    if noted.at_ms is None:
        found = "none on record: " + _WHEN if noted.since else "nothing was routed yet"
        return Check("audit", ok=True, found=found)
    when = moment(rfc3339(noted.at_ms))
    found = f"{noted.findings:,} findings {when}, {noted.since:,} offsets of the inbox ago"
    next_step = f"`lead-router audit --repair` mends {noted.mendable:,} of them"
    return Check("audit", ok=not noted.mendable, found=found, next_step=next_step)
