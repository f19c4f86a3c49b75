"""Decisions without Kafka: decode an inbox record, decide, encode what is published.

Prints one JSON line: events/s by the wall and per CPU-second, mean bytes of an assignment.
Arguments: reps in the sales org, leads.
"""

from __future__ import annotations

import gc
import json
import sys
import time

import msgspec

from router.core.policy import Policy
from router.core.shard import Shard
from router.intake.codec import decode_event
from tests.bench.inbox import lead_records, setting_records
from tests.bench.leads import SALES_ORGS

TRANSACTION_LEADS = 1_000
WARM_UP_SHARE = 0.1


def main(reps: int, count: int) -> None:
    sales_org = SALES_ORGS[0]
    shard = new_shard(0)
    offset = 0
    for record in setting_records(reps):
        if record.partition == 0:
            shard.apply(sales_org, decode_event(record.value), timestamp_ms=now_ms(), offset=offset)
            offset += 1
    every = len(SALES_ORGS)
    values = [record.value for record in lead_records(count * every) if record.partition == 0]
    warm_up = int(count * WARM_UP_SHARE)
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    decide(shard, values[:warm_up], offset)
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    written, assigned = decide(shard, values[warm_up:], offset + warm_up)
    wall_s, cpu_s = time.perf_counter() - wall_s, time.process_time() - cpu_s
    measured = count - warm_up
    figures = {
        "wall_per_s": measured / wall_s,
        "client_cpu_per_s": measured / cpu_s,
        "output_bytes_per_event": written / measured,
        "assigned_share": assigned / measured,
        "events": measured,
    }
    print(json.dumps(figures))


def new_shard(partition: int) -> Shard:
    """An empty shard for the sales org of this partition."""
    return Shard(partition, [SALES_ORGS[partition]], lambda plain: msgspec.convert(plain, Policy))


def decide(shard: Shard, values: list[bytes], offset: int) -> tuple[int, int]:
    """(bytes of all assignments, how many leads were assigned)."""
    encode = msgspec.json.Encoder().encode
    sales_org = shard.sales_orgs[0]
    written = assigned = 0
    timestamp_ms = now_ms()
    for number, value in enumerate(values):
        decided = shard.apply(
            sales_org, decode_event(value), timestamp_ms=timestamp_ms, offset=offset + number
        )
        for assignment in decided:
            written += len(encode(assignment))
            assigned += assignment["outcome"] == "assigned"
        if number % TRANSACTION_LEADS == TRANSACTION_LEADS - 1:
            for _key, change in shard.take_changes():
                encode(change)
    return written, assigned


def now_ms() -> int:
    return int(time.time() * 1_000)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
