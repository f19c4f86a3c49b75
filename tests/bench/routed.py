"""Measurements of the router's own processes: route alone, end to end, growth, restore."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from router.core_form import CoreForm
from router.kafka.topics.topic_admin import TopicAdmin
from router.kafka.topics.topic_names import Topics, topics_of
from router.settings import KafkaSettings, Settings, TopicSettings
from tests.bench import topics as bench_topics
from tests.bench.bench import Bench, check_complete, raw_records
from tests.bench.cores import core_figure, import_path
from tests.bench.inbox import lead_records, setting_records
from tests.bench.leads import SALES_ORGS
from tests.bench.processes import Worker, started
from tests.bench.spans import Samples, figures, figures_between, pipeline_span, watch
from tests.bench.topics import EndOffsets, fill, read_back

ROUTE_EVENTS = 400_000
END_TO_END_EVENTS = 240_000
ASSIGNED = b'"outcome":"assigned"'
GROWN_LEADS = 1_000_000
GROWTH_SPAN_LEADS = 100_000
GROWTH_EARLY_LEADS = 10_000
ALL_DECIDED_TIMEOUT_S = 400.0


@dataclass(frozen=True, slots=True)
class Deployment:
    """A lead-router of its own: topics under a prefix that nobody else uses."""

    bench: Bench
    settings: Settings
    core: CoreForm

    @property
    def topics(self) -> Topics:
        """Its topic names."""
        return topics_of(self.settings)

    @contextlib.asynccontextmanager
    async def running(self, roles: str) -> AsyncIterator[Worker]:
        """One process of ``lead-router run`` with these roles."""
        name = f"{self.settings.topics.prefix}{roles.replace(',', '-')}"
        command = [sys.executable, "-c", "from router.cli.main import main; main()"]
        environment = {
            "LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS": self.settings.kafka.bootstrap_servers,
            "LEAD_ROUTER_TOPICS__PREFIX": self.settings.topics.prefix,
            "LEAD_ROUTER_SALES_ORGS": str(list(SALES_ORGS)).replace("'", '"'),
            "LEAD_ROUTER_DEFAULT_SALES_ORG": SALES_ORGS[0],
            **import_path(self.core),
        }
        async with started(
            name, [*command, "run", "--roles", roles], self.bench.log(name), environment
        ) as worker:
            yield worker

    async def written_bytes(self) -> dict[str, float]:
        """Bytes of values in the other topics that route writes."""
        found = 0
        for topic in (self.topics.owners, self.topics.state):
            contents = await read_back(self.settings.kafka.bootstrap_servers, topic)
            found += contents.value_bytes
        return {"other_output_bytes": found}


@contextlib.asynccontextmanager
async def deployed(
    bench: Bench, measurement: str, core: CoreForm | None = None
) -> AsyncIterator[Deployment]:
    """Topics made, the setting in the inbox; all of it deleted afterwards."""
    prefix = f"{bench.new_name(measurement)}."
    settings = Settings(
        kafka=KafkaSettings(bootstrap_servers=bench.bootstrap_servers),
        topics=TopicSettings(prefix=prefix),
        sales_orgs=list(SALES_ORGS),
        default_sales_org=SALES_ORGS[0],
    )
    deployment = Deployment(bench, settings, core or bench.core)
    try:
        async with TopicAdmin.connected(settings) as admin:
            await admin.apply()
        await fill(bench.bootstrap_servers, deployment.topics.inbox, setting_records())
        yield deployment
    finally:
        await bench_topics.delete_all(bench.bootstrap_servers, prefix)


async def route(bench: Bench) -> dict[str, float]:
    """route alone, one process: the inbox is full before it starts."""
    return await _route(bench, "route", bench.core)


async def route_plain(bench: Bench) -> dict[str, float]:
    """The same with the core not compiled."""
    return await _route(bench, "route-plain", "plain")


async def _route(bench: Bench, measurement: str, core: CoreForm) -> dict[str, float]:
    count = bench.count(ROUTE_EVENTS)
    async with deployed(bench, measurement, core) as deployment:
        bench.say(f"filling the inbox with {count:,} leads")
        await bench.fill_inbox(deployment.topics.inbox, 0, count)
        async with deployment.running("route") as worker:
            found = await bench.figures(
                [worker], deployment.topics.assignments, count, mark=ASSIGNED
            )
        found |= core_figure(worker, core)
        return {**found, **await _per_event(deployment, found, count)}


async def end_to_end_1_process(bench: Bench) -> dict[str, float]:
    """intake and route in one process: raw leads in, assignments out."""
    return await _end_to_end(bench, ["intake,route"])


async def end_to_end_2_processes(bench: Bench) -> dict[str, float]:
    """intake and route in a process each."""
    return await _end_to_end(bench, ["intake", "route"])


async def _end_to_end(bench: Bench, roles_of_processes: list[str]) -> dict[str, float]:
    count = bench.count(END_TO_END_EVENTS)
    async with deployed(bench, "end-to-end") as deployment, contextlib.AsyncExitStack() as stack:
        await fill(bench.bootstrap_servers, deployment.topics.leads, raw_records(count))
        started_s = time.time()
        workers = [
            await stack.enter_async_context(deployment.running(roles))
            for roles in roles_of_processes
        ]
        samples = await _all_decided(deployment, workers, count)
        peak_mb = sum(worker.peak_memory_mb() for worker in workers)
        inbox = await read_back(bench.bootstrap_servers, deployment.topics.inbox)
        decided = await read_back(
            bench.bootstrap_servers, deployment.topics.assignments, mark=ASSIGNED
        )
        check_complete("intake and route", decided, count)
        found = figures_between(samples, decided, *pipeline_span(inbox, decided, started_s))
        found["assigned_share"] = decided.marked / decided.records
        found["peak_memory_mb"] = peak_mb
        found |= core_figure(workers[-1], deployment.core)
        return {**found, **await _per_event(deployment, found, count)}


async def _per_event(
    deployment: Deployment, found: dict[str, float], count: int
) -> dict[str, float]:
    others = await deployment.written_bytes()
    return {
        "all_output_bytes_per_event": found["output_bytes_per_event"]
        + others["other_output_bytes"] / count
    }


def short(count: int) -> str:
    """``1m``, ``125k``: a result is named by the leads that were there, fewer with ``--quick``."""
    return f"{count // 1_000_000}m" if count % 1_000_000 == 0 else f"{count // 1_000}k"


async def growth_leads(bench: Bench) -> dict[str, dict[str, float]]:
    """The rate with few and with a million leads in state, peak memory, and the restore."""
    share = bench.scale if bench.events is None else bench.events / GROWN_LEADS
    grown, span = int(GROWN_LEADS * min(share, 1.0)), int(GROWTH_SPAN_LEADS * min(share, 1.0))
    count = grown + span
    async with deployed(bench, "growth") as deployment:
        bench.say(f"filling the inbox with {count:,} leads")
        await bench.fill_inbox(deployment.topics.inbox, 0, count)
        async with deployment.running("route") as worker:
            samples = await _all_decided(deployment, [worker], count)
            peak_mb = worker.peak_memory_mb()
        contents = await read_back(bench.bootstrap_servers, deployment.topics.assignments)
        check_complete("route", contents, count)
        few = min(GROWTH_EARLY_LEADS, span)
        early = figures(samples, contents, few, span)
        late = figures(samples, contents, grown)
        core = core_figure(worker, deployment.core)
        return {
            f"growth_leads_{short(few)}": {**early, **core},
            f"growth_leads_{short(grown)}": {
                **late,
                **core,
                "peak_memory_mb": peak_mb,
                "leads": grown,
            },
            f"restore_{short(grown)}": await _restore(deployment, count),
        }


async def _all_decided(deployment: Deployment, workers: list[Worker], count: int) -> Samples:
    bench = deployment.bench
    async with EndOffsets(bench.bootstrap_servers, deployment.topics.assignments) as ends:
        return await watch(workers, bench.broker_pid, ends, count, ALL_DECIDED_TIMEOUT_S)


async def _restore(deployment: Deployment, leads_before: int) -> dict[str, float]:
    """Seconds from the start of the process to one new decision in every partition.

    Nothing is subtracted: the interpreter's start and joining the group are in it.
    """
    bench = deployment.bench
    assignments, servers = deployment.topics.assignments, bench.bootstrap_servers
    await fill(servers, deployment.topics.inbox, lead_records(len(SALES_ORGS), first=leads_before))
    began_s = time.time()
    async with deployment.running("route") as worker:
        async with EndOffsets(servers, assignments) as ends:
            before = await ends.total()
            await watch([worker], bench.broker_pid, ends, before + len(SALES_ORGS), 180.0)
        peak_mb, cpu_s = worker.peak_memory_mb(), worker.cpu_s()
    contents = await read_back(servers, assignments)
    return {
        "seconds": max(contents.appended) / 1_000 - began_s,
        "client_cpu_s": cpu_s,
        "peak_memory_mb": peak_mb,
        "leads": float(leads_before),
        **core_figure(worker, deployment.core),
    }
