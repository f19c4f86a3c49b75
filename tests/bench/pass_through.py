"""Measurements of the ceiling and of peers that read raw leads."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench import topics
from tests.bench.bench import COMMIT_MS, LEADS_TOPIC, Bench
from tests.bench.processes import REPOSITORY, FellShortError, python_module, started

KAFKA_STREAMS = REPOSITORY / "tests/bench/peers/kafka_streams"
FAST_EVENTS = 800_000
JVM_WARM_SHARE = 0.5
# The fastest of G1 and parallel collectors, 1 to 4 threads and young sizes tried here: with a
# small young generation its garbage costs a third of the rate.
JVM_OPTIONS = ("-Xms3g", "-Xmx3g", "-Xmn1g", "-XX:+UseParallelGC")
STREAM_THREADS = 2  # one for each core of the machine the figures were made on


@dataclass(frozen=True, slots=True)
class Run:
    """One repetition: ``count`` leads wait in the shared topic, ``output`` is empty."""

    bench: Bench
    count: int
    name: str

    @property
    def output(self) -> str:
        """The topic for results."""
        return f"{self.name}.out"

    @property
    def state(self) -> Path:
        """A directory for a peer's files."""
        return self.bench.scratch / "state" / self.name

    async def figures(
        self, command: Sequence[str | Path], *, skip_share: float = 0.25
    ) -> dict[str, float]:
        """Run ``command`` until all leads are through."""
        async with started(self.name, command, self.bench.log(self.name)) as worker:
            return await self.bench.figures(
                [worker], self.output, self.count, skip_share=skip_share
            )


@contextlib.asynccontextmanager
async def prepared(bench: Bench, measurement: str, usual: int) -> AsyncIterator[Run]:
    """Leads and an output topic; the topics of the repetition are deleted afterwards."""
    await bench.fill_leads(bench.count(usual))
    run = Run(bench, bench.leads_filled, bench.new_name(measurement))
    try:
        await topics.create(bench.bootstrap_servers, run.output)
        yield run
    finally:
        await topics.delete_all(bench.bootstrap_servers, run.name)


async def ceiling(bench: Bench) -> dict[str, float]:
    """An aiokafka transactional pass-through: what our runtime could do if it did nothing."""
    async with prepared(bench, "ceiling", FAST_EVENTS) as run:
        return await run.figures(_ceiling(run))


async def warm_broker(bench: Bench) -> None:
    """Let the broker's JVM compile what it does under load; no figures are kept."""
    bench.say("warming the broker")
    for _ in range(2):
        async with prepared(bench, "warm-up", FAST_EVENTS // 4) as run:
            await run.figures(_ceiling(run))


def _ceiling(run: Run) -> list[str]:
    return python_module(
        "tests.bench.workers.ceiling",
        run.bench.bootstrap_servers, run.name, LEADS_TOPIC, run.output,
    )  # fmt: skip


async def kafka_streams(bench: Bench) -> dict[str, float]:
    """Kafka Streams, exactly_once_v2: parse JSON, count per account with changelog, build JSON."""
    jars = await _kafka_streams_jars(bench)
    async with prepared(bench, "kafka-streams", FAST_EVENTS) as run:
        command = [
            "java", *JVM_OPTIONS, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-cp", jars, "bench.LeadCount", bench.bootstrap_servers, run.name, LEADS_TOPIC,
            run.output, run.state, str(STREAM_THREADS), str(COMMIT_MS),
        ]  # fmt: skip
        return await run.figures(command, skip_share=JVM_WARM_SHARE)


async def quixstreams(bench: Bench) -> dict[str, float]:
    """quixstreams, exactly once: parse and build JSON, without state."""
    async with prepared(bench, "quixstreams", FAST_EVENTS // 2) as run:
        command = python_module(
            "tests.bench.peers.quixstreams_peer",
            bench.bootstrap_servers, run.name, LEADS_TOPIC, run.output, COMMIT_MS, str(run.state),
        )  # fmt: skip
        return await run.figures(command)


async def _kafka_streams_jars(bench: Bench) -> str:
    """Build the Java peer once; returns its classpath."""
    built = bench.scratch / "kafka_streams"
    if not (built / "lead-count-1.jar").exists():
        for tool in ("java", "mvn"):
            if shutil.which(tool) is None:
                raise FellShortError(
                    f"kafka_streams needs {tool}, which is not on the PATH: install Java 17 and"
                    " Maven (apt-get install openjdk-17-jdk-headless maven), or leave it out with"
                    " --only"
                )
        command = ["mvn", "-q", "-B", "-f", KAFKA_STREAMS / "pom.xml", "package",
                   "dependency:copy-dependencies", f"-Dbench.build={built}",
                   f"-DoutputDirectory={built}/lib"]  # fmt: skip
        bench.say("building the Kafka Streams peer")
        async with started("mvn package", command, bench.log("mvn")) as maven:
            if await maven.process.wait() != 0:
                maven.check_running()
    return f"{built}/lead-count-1.jar:{built}/lib/*"
