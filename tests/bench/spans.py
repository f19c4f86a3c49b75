"""From a worker at work to figures: the span in which it ran steadily, and what that cost."""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left
from dataclasses import dataclass, field

from tests.bench.processes import FellShortError, Worker, cpu_s
from tests.bench.topics import Contents, EndOffsets

SAMPLE_EVERY_S = 0.05
ASK_OFFSETS_EVERY_S = 0.25
QUIET_S = 2.0


@dataclass(slots=True)
class Samples:
    """CPU seconds of workers and broker against the wall clock (seconds since the epoch)."""

    times_s: list[float] = field(default_factory=list)
    worker_cpu_s: list[float] = field(default_factory=list)
    broker_cpu_s: list[float] = field(default_factory=list)

    def take(self, workers: list[Worker], broker_pid: int) -> None:
        """Add one sample, now."""
        self.times_s.append(time.time())
        self.worker_cpu_s.append(sum(worker.cpu_s() for worker in workers))
        self.broker_cpu_s.append(cpu_s(broker_pid))

    def between(self, series: list[float], from_s: float, to_s: float) -> float:
        """How much ``series`` grew between two times, interpolated."""
        return self._at(series, to_s) - self._at(series, from_s)

    def _at(self, series: list[float], time_s: float) -> float:
        after = bisect_left(self.times_s, time_s)
        if after == 0:
            return series[0]
        if after == len(series):
            return series[-1]
        before_s, after_s = self.times_s[after - 1], self.times_s[after]
        share = (time_s - before_s) / max(after_s - before_s, 1e-9)
        return series[after - 1] + share * (series[after] - series[after - 1])


async def watch(
    workers: list[Worker], broker_pid: int, output: EndOffsets, expected: int, timeout_s: float
) -> Samples:
    """Sample until ``expected`` records are out and no more follow.

    Raises:
        FellShortError: a worker ended, or the time is over.
    """
    samples = Samples()
    deadline = time.monotonic() + timeout_s
    total, grew_at, asked_at = 0, time.monotonic(), 0.0
    while total < expected or time.monotonic() - grew_at < QUIET_S:
        for worker in workers:
            worker.check_running()
        samples.take(workers, broker_pid)
        if time.monotonic() - asked_at >= ASK_OFFSETS_EVERY_S:
            asked_at = time.monotonic()
            before, total = total, await output.total()
            grew_at = asked_at if total > before else grew_at
        if time.monotonic() > deadline:
            raise FellShortError(
                f"{workers[0].name} wrote about {total:,} of {expected:,} records in"
                f" {timeout_s:.0f} s: see {workers[0].log}, or measure with fewer --events"
            )
        await asyncio.sleep(SAMPLE_EVERY_S)
    return samples


def steady_span(contents: Contents, skip: int, take: int | None = None) -> tuple[float, float, int]:
    """When the records after the first ``skip`` came out (``take`` of them, or all).

    Returns begin and end in seconds since the epoch, and the records in between: those appended
    later than the begin, which is itself a time of appending, so no fence post is counted twice.
    """
    seen, begin_ms, counted = 0, None, 0
    end_ms = 0
    for appended_ms, records in sorted(contents.appended.items()):
        seen += records
        if begin_ms is None:
            begin_ms = appended_ms if seen >= skip else None
            continue
        counted += records
        end_ms = appended_ms
        if take is not None and counted >= take:
            break
    if begin_ms is None or counted == 0:
        raise FellShortError(f"only {seen:,} records came out, too few to measure: more --events")
    return begin_ms / 1_000, end_ms / 1_000, counted


def figures(
    samples: Samples, contents: Contents, skip: int, take: int | None = None
) -> dict[str, float]:
    """Rates over the steady span."""
    return figures_between(samples, contents, *steady_span(contents, skip, take))


def pipeline_span(first: Contents, last: Contents, after_s: float) -> tuple[float, float, int]:
    """From the first record of a pipeline's first step to the last one of its last step.

    Nothing may be skipped here: the first step runs ahead, and in a span that begins later its
    work would be missing while its results are counted. What came in with the first append was
    worked on before it, so it is not counted. ``after_s`` leaves out what was there before.
    """
    appended_ms = min(ms for ms in first.appended if ms > after_s * 1_000)
    records = last.records - first.appended[appended_ms]
    return appended_ms / 1_000, max(last.appended) / 1_000, records


def figures_between(
    samples: Samples, contents: Contents, begin_s: float, end_s: float, records: int
) -> dict[str, float]:
    """Rates over a given span."""
    seconds = max(end_s - begin_s, 1e-3)
    client = max(samples.between(samples.worker_cpu_s, begin_s, end_s), 1e-3)
    broker = samples.between(samples.broker_cpu_s, begin_s, end_s)
    return {
        "wall_per_s": records / seconds,
        "client_cpu_per_s": records / client,
        "client_cpu_s": client,
        "broker_cpu_s": broker,
        "broker_cpu_us_per_event": 1e6 * broker / records,
        "seconds": seconds,
        "events": records,
        "output_bytes_per_event": contents.bytes_per_record,
    }
