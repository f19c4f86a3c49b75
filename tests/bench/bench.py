"""What all measurements share: the broker, how much to do, and the leads prepared beforehand."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from router.core_form import CoreForm
from tests.bench import topics
from tests.bench.inbox import lead_records
from tests.bench.leads import SALES_ORGS, leads
from tests.bench.processes import FellShortError, Worker
from tests.bench.spans import figures, watch
from tests.bench.topics import Contents, EndOffsets, Record, read_back

COMMIT_MS = 100
"""How often the peers commit: Kafka Streams' own default under exactly_once_v2.

route and the ceiling have no interval; docs/performance.md says why that favours nobody of them.
"""

PREFIX = "lead-router-bench"
LEADS_TOPIC = f"{PREFIX}.leads"


@dataclass(slots=True)
class Bench:
    """One run of the benchmark.

    ``scale`` multiplies every measurement's number of events (``--quick``), ``events`` replaces
    it (``--events``). ``core`` is the decision core that is measured, where nothing else is said.
    """

    bootstrap_servers: str
    broker_pid: int
    scratch: Path
    say: Callable[[str], None]
    events: int | None = None
    scale: float = 1.0
    core: CoreForm = "plain"
    leads_filled: int = 0
    _admitted: list[Record] = field(default_factory=list)
    _runs: itertools.count[int] = field(default_factory=itertools.count)

    def count(self, usual: int) -> int:
        """How many events a measurement takes that usually takes ``usual``."""
        return self.events or max(int(usual * self.scale), 2_000)

    def new_name(self, measurement: str) -> str:
        """A prefix that no earlier repetition used: fresh topics, groups, transactional ids."""
        return f"{PREFIX}-{measurement}-{next(self._runs)}"

    def log(self, name: str) -> Path:
        """Where a worker's output goes."""
        return self.scratch / "logs" / f"{name}.log"

    async def fill_leads(self, count: int) -> None:
        """See to it that the shared topic of raw leads holds ``count``; key is the sales org."""
        missing = count - self.leads_filled
        if missing <= 0:
            return
        self.say(f"filling {LEADS_TOPIC} with {missing:,} leads")
        if self.leads_filled == 0:
            await topics.delete_all(self.bootstrap_servers, PREFIX)
            await topics.create(self.bootstrap_servers, LEADS_TOPIC)
        await topics.fill(
            self.bootstrap_servers, LEADS_TOPIC, raw_records(missing, first=self.leads_filled)
        )
        self.leads_filled = count

    async def fill_inbox(self, inbox: str, first: int, count: int) -> None:
        """Fill an inbox with leads ``first`` to ``first + count``, admitted once and kept."""
        missing = first + count - len(self._admitted)
        if missing > 0:
            self._admitted += lead_records(missing, first=len(self._admitted))
        await topics.fill(self.bootstrap_servers, inbox, self._admitted[first : first + count])

    async def figures(
        self,
        workers: list[Worker],
        output: str,
        expected: int,
        *,
        skip_share: float = 0.25,
        timeout_s: float = 240.0,
        mark: bytes | None = None,
    ) -> dict[str, float]:
        """Watch workers until ``expected`` records are in ``output``; rates past the warm-up."""
        async with EndOffsets(self.bootstrap_servers, output) as ends:
            samples = await watch(workers, self.broker_pid, ends, expected, timeout_s)
        peak_mb = sum(worker.peak_memory_mb() for worker in workers)
        contents = await read_back(self.bootstrap_servers, output, mark=mark)
        check_complete(workers[0].name, contents, expected)
        found = figures(samples, contents, int(expected * skip_share))
        if mark is not None:
            found["assigned_share"] = contents.marked / contents.records
        return {**found, "peak_memory_mb": peak_mb}


def check_complete(name: str, contents: Contents, expected: int) -> None:
    """Exactly-once is part of the job: as many results as leads."""
    if contents.records < expected:
        raise FellShortError(f"{name} lost leads: {contents.records:,} of {expected:,} came out")


def raw_records(count: int, *, first: int = 0) -> Iterator[Record]:
    """Raw leads as records; sales org *n* in partition *n*."""
    partitions = {sales_org: number for number, sales_org in enumerate(SALES_ORGS)}
    for lead in leads(count, first=first):
        yield Record(partitions[lead.sales_org], lead.sales_org.encode(), lead.value)
