"""Apache Kafka's released jars, fetched once by Maven into the cache directory."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path

from router.devbroker.java_runtime import Java
from router.devbroker.places import cache_directory, locked, make_directory
from router.errors import LeadRouterError

KAFKA_VERSION = os.environ.get("TEST_KAFKA_VERSION", "4.2.2")
"""The version that `dev up`, demo and tests start: the newest that ends every transaction
(ADR 0027).

``make test-kafka VERSION=4.1.1`` sets the variable, to try others; nothing else should.
"""

Report = Callable[[str], None]
"""Told in a few words what is being done, for a person who waits."""

_SLF4J_VERSION = "1.7.36"  # the API that Kafka 4.1 to 4.4 are built against
_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
_DOWNLOADED_JAR = re.compile(r"Downloaded from \S+: \S+/([\w.+-]+\.jar)\b")
_DOWNLOAD_TIMEOUT_S = 600
_POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>lead-router</groupId><artifactId>broker</artifactId><version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId>
      <version>{KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId>
      <version>{_SLF4J_VERSION}</version>
    </dependency>
  </dependencies>
</project>
"""


def cached_jars() -> Path | None:
    """The directory of Kafka's jars, if they were fetched before."""
    jars = cache_directory() / f"kafka-{KAFKA_VERSION}"
    return jars if (jars / f"kafka_2.13-{KAFKA_VERSION}.jar").is_file() else None


def kafka_jars(java: Java, report: Report) -> Path:
    """The directory of Kafka's jars, fetched by Maven when the cache lacks them.

    Raises:
        LeadRouterError: there is no Maven, or it failed.
    """
    if jars := cached_jars():
        return jars
    with locked(cache_directory() / "kafka.lock"):
        return cached_jars() or _fetch(java, report)


def _fetch(java: Java, report: Report) -> Path:
    maven = shutil.which("mvn")
    if maven is None:
        raise LeadRouterError(
            f"cannot fetch Apache Kafka {KAFKA_VERSION}: Maven (mvn) is not installed; install it"
            " (Debian: apt-get install maven), or start Docker, or set"
            " LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS to a broker that runs"
        )
    report(f"fetching Apache Kafka {KAFKA_VERSION} with Maven")
    target = cache_directory() / f"kafka-{KAFKA_VERSION}"
    with tempfile.TemporaryDirectory(dir=make_directory(cache_directory())) as scratch:
        pom = Path(scratch, "pom.xml")
        pom.write_text(_POM, encoding="utf-8")
        _run_maven(maven, java, pom, report)
        # Only a complete set ever bears the final name, so that an interrupted fetch is redone.
        shutil.rmtree(target, ignore_errors=True)
        Path(scratch, "jars").rename(target)
    return target


def _run_maven(maven: str, java: Java, pom: Path, report: Report) -> None:
    command = [
        *(maven, "--batch-mode", "--strict-checksums", "--file", str(pom)),
        *(f"{_PLUGIN}:copy-dependencies", f"-DoutputDirectory={pom.parent / 'jars'}"),
        "-DincludeScope=runtime",
    ]
    environment = {**os.environ, "JAVA_HOME": str(java.home)}
    last_lines: deque[str] = deque(maxlen=200)
    with subprocess.Popen(  # noqa: S603 - Maven as found on PATH, no shell
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        env=environment,
    ) as process:
        watchdog = threading.Timer(_DOWNLOAD_TIMEOUT_S, process.kill)
        watchdog.start()
        try:
            _follow(process, last_lines, report)
            code = process.wait()
        finally:
            watchdog.cancel()
            process.kill()
    if code != 0:
        reason = next((line for line in last_lines if line.startswith("[ERROR]")), "no reason")
        raise LeadRouterError(
            f"Maven could not fetch Apache Kafka {KAFKA_VERSION}: {reason.strip()[:300]};"
            " check the network and Maven's settings, then try again"
        )


def _follow(process: subprocess.Popen[str], last_lines: deque[str], report: Report) -> None:
    assert process.stdout is not None  # noqa: S101 - we asked for the pipe above
    jars = 0
    for line in process.stdout:
        last_lines.append(line)
        if downloaded := _DOWNLOADED_JAR.search(line):
            jars += 1
            report(f"fetching Apache Kafka {KAFKA_VERSION}: {jars} jars, {downloaded.group(1)}")
