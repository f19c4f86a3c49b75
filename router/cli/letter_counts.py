"""How many dead letters wait for somebody: by step, sales org and reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from router.kafka.queries.dead_letter_reader import REDRIVEN
from router.kafka.runtime.step import Record
from router.settings import Settings


class DeadLetters(NamedTuple):
    """Dead letters of one step and sales org for one reason that were not sent again.

    The org is None where none can be read.
    """

    step: str
    sales_org: str | None
    reason: str
    letters: int
    latest_ms: int


def count_letters(records: Sequence[Record], settings: Settings) -> list[DeadLetters]:
    """The most first; markers and the letters that they mark are left out."""
    redriven = {place for record in records if (place := dict(record.headers).get(REDRIVEN))}
    counts: Counter[tuple[str, str | None, str]] = Counter()
    latest: dict[tuple[str, str | None, str], int] = {}
    for record in records:
        said = dict(record.headers)
        if REDRIVEN in said or f"{record.partition}/{record.offset}".encode() in redriven:
            continue
        step, reason = ((said.get(name) or b"?").decode() for name in ("step", "reason"))
        kind = (step, _sales_org(step, record, settings), reason)
        counts[kind] += 1
        latest[kind] = max(latest.get(kind, 0), record.timestamp)
    return [DeadLetters(*kind, count, latest[kind]) for kind, count in counts.most_common()]


class _OfAnOrg(msgspec.Struct):
    sales_org: str | None = None


_read_org = msgspec.json.Decoder(_OfAnOrg).decode


def _sales_org(step: str, record: Record, settings: Settings) -> str | None:
    """Whose dead letter it is: the inbox's key, or what the input itself names, if we know it."""
    if step == "route":
        return (record.key or b"").decode("utf-8", "replace") or None
    try:
        named = _read_org(record.value or b"").sales_org
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None  # that is why it is a dead letter
    if named is None and len(settings.sales_orgs) == 1:
        return settings.default_sales_org
    return named if named in settings.sales_orgs else None
