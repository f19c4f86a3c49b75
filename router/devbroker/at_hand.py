"""The development broker for commands in another terminal: they find it without being told."""

from __future__ import annotations

import json
import os
from pathlib import Path

from router.devbroker.places import state_directory
from router.kafka.client.ports import accepts_connections

BOOTSTRAP_VARIABLE = "LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS"
CONFIG_VARIABLE = "LEAD_ROUTER_CONFIG"


def use_development_broker() -> None:
    """Set the address of the broker that `dev up` left running, unless a broker is named already.

    A configuration file counts as naming one. Of a broker that does not run the address is not
    taken: then commands look at the usual port.
    """
    if os.environ.get(BOOTSTRAP_VARIABLE) or os.environ.get(CONFIG_VARIABLE):
        return
    port = _recorded_port(state_directory() / "kafka" / "broker.json")
    if port is not None and accepts_connections("127.0.0.1", port):
        os.environ[BOOTSTRAP_VARIABLE] = f"127.0.0.1:{port}"


def _recorded_port(path: Path) -> int | None:
    try:
        return int(json.loads(path.read_text(encoding="utf-8"))["port"])
    except (OSError, ValueError, KeyError, TypeError):
        return None  # `dev up` was never called here
