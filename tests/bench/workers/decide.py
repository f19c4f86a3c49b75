"""Where the microseconds of a lead go, without Kafka: each stage for a transaction's leads.

Prints which core it runs (``core=compiled``), then one JSON line: decisions by the wall and per
CPU-second (decode, decide, encode, changed state), CPU microseconds of every stage and of intake,
mean bytes of an assignment.
Arguments: reps in the sales org, leads.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import msgspec

from router.core.model.policy import Policy
from router.core.shard import Shard
from router.core_form import core_form
from router.intake.records.admit import admit
from router.intake.wire.codec import decode_event
from router.kafka.topics.changelog import MESSAGE_PACKING, stored
from tests.bench.inbox import context, lead_records, setting_records
from tests.bench.leads import SALES_ORGS, leads

TRANSACTION_LEADS = 1_000
WARM_UP_SHARE = 0.1
INTAKE_LEADS = 20_000
encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Tally:
    """CPU seconds by stage, and what came out."""

    cpu_s: dict[str, float] = field(default_factory=dict)
    output_bytes: int = 0
    state_bytes: int = 0
    assigned: int = 0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the CPU time of the block to a stage."""
        began_s = time.process_time()
        yield
        self.cpu_s[name] = self.cpu_s.get(name, 0.0) + time.process_time() - began_s


def main(reps: int, count: int) -> None:
    print(f"core={core_form()}")
    every = len(SALES_ORGS)
    values = [record.value for record in lead_records(count * every) if record.partition == 0]
    shard, offset = set_up(reps)
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    warm_up = int(count * WARM_UP_SHARE)
    decide(shard, values[:warm_up], offset, Tally())
    tally, wall_s = Tally(), time.perf_counter()
    decide(shard, values[warm_up:], offset + warm_up, tally)
    wall_s = time.perf_counter() - wall_s
    print(json.dumps({**figures(tally, wall_s, count - warm_up), "intake_us": intake_us()}))


def figures(tally: Tally, wall_s: float, measured: int) -> dict[str, float]:
    """What the benchmark shows."""
    return {
        "wall_per_s": measured / wall_s,
        "client_cpu_per_s": measured / sum(tally.cpu_s.values()),
        "output_bytes_per_event": tally.output_bytes / measured,
        "state_bytes_per_event": tally.state_bytes / measured,
        "assigned_share": tally.assigned / measured,
        "events": measured,
        **{f"{stage}_us": 1e6 * cpu_s / measured for stage, cpu_s in tally.cpu_s.items()},
    }


def set_up(reps: int) -> tuple[Shard, int]:
    """A shard with roster, accounts and policy, and its next offset."""
    shard = new_shard(0)
    records = [record for record in setting_records(reps) if record.partition == 0]
    for offset, record in enumerate(records):
        shard.apply(SALES_ORGS[0], decode_event(record.value), timestamp_ms=now_ms(), offset=offset)
    shard.take_changes()
    return shard, len(records)


def new_shard(partition: int) -> Shard:
    """An empty shard for the sales org of this partition."""
    read_policy: Callable[[object], Policy] = lambda plain: msgspec.convert(plain, Policy)  # noqa: E731 - one expression with its type
    return Shard(partition, [SALES_ORGS[partition]], read_policy, MESSAGE_PACKING)


def decide(shard: Shard, values: list[bytes], offset: int, tally: Tally) -> None:
    """All leads, a transaction's number at a time."""
    for first in range(0, len(values), TRANSACTION_LEADS):
        decide_transaction(shard, values[first : first + TRANSACTION_LEADS], offset + first, tally)


def decide_transaction(shard: Shard, values: list[bytes], offset: int, tally: Tally) -> None:
    """Stage by stage, so that reading the clock costs nothing per lead."""
    sales_org, timestamp_ms = shard.sales_orgs[0], now_ms()
    with tally.stage("decode"):
        events = [decode_event(value) for value in values]
    with tally.stage("decide"):
        decided = [
            shard.apply(sales_org, event, timestamp_ms=timestamp_ms, offset=offset + number)
            for number, event in enumerate(events)
        ]
    with tally.stage("encode"):
        written = [encode(assignment) for assignments in decided for assignment in assignments]
    with tally.stage("changes"):
        changed = [stored(change) for _key, change in shard.take_changes()]
    tally.output_bytes += sum(map(len, written))
    tally.state_bytes += sum(map(len, changed))
    tally.assigned += sum(b'"outcome":"assigned"' in value for value in written)


def intake_us() -> float:
    """CPU microseconds of intake per raw lead."""
    intake, values = context(), [lead.value for lead in leads(INTAKE_LEADS)]
    began_s, timestamp_ms = time.process_time(), now_ms()
    for value in values:
        admit("leads", None, None, value, (), timestamp_ms, intake)
    return 1e6 * (time.process_time() - began_s) / INTAKE_LEADS


def now_ms() -> int:
    return int(time.time() * 1_000)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
