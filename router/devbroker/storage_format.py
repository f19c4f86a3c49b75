"""Formatting a broker's storage, once per machine.

Kafka's tool takes a second of Java to write two small files that are the same for every broker of
one version and node id: the first formatting is kept and copied.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from router.devbroker.broker_config import JavaBroker
from router.devbroker.guarded_broker import last_line
from router.devbroker.maven import KAFKA_VERSION, Report
from router.devbroker.places import cache_directory, make_directory
from router.errors import LeadRouterError

_MARK = "meta.properties"


def format_storage(broker: JavaBroker, report: Report) -> None:
    """Make the storage of ``broker`` ready for its first start; keeps one that was used before.

    Raises:
        LeadRouterError: Kafka's tool failed.
    """
    if (broker.storage / _MARK).is_file():
        return
    if broker.node.format_options:
        _format(broker)
        return
    template = cache_directory() / f"kafka-{KAFKA_VERSION}-formatted-{broker.node.node_id}"
    if not (template / _MARK).is_file():
        report("formatting storage for Apache Kafka")
        _format(broker)
        _keep(broker.storage, template)
        return
    shutil.copytree(template, broker.storage, dirs_exist_ok=True)


def _format(broker: JavaBroker) -> None:
    formatted = subprocess.run(  # noqa: S603 - our own command, no shell
        broker.format_command, capture_output=True, text=True, check=False
    )
    if formatted.returncode != 0:
        raise LeadRouterError(
            f"cannot format the broker's storage in {broker.storage}:"
            f" {last_line(formatted.stderr)}; remove that directory and try again"
        )


def _keep(formatted: Path, template: Path) -> None:
    """Only a complete copy bears the final name; another process may have been quicker."""
    with tempfile.TemporaryDirectory(dir=make_directory(template.parent)) as scratch:
        copy = Path(scratch, "formatted")
        shutil.copytree(formatted, copy)
        if not template.exists():
            copy.rename(template)
