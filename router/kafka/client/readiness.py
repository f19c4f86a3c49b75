"""Whether a broker answers: a real metadata request, not just an open port."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from router.kafka.client.ports import accepts_connections

_POLL_INTERVAL_S = 0.05


def split_address(server: str) -> tuple[str, int]:
    """``host:port`` taken apart, brackets of an IPv6 address removed.

    Raises:
        ValueError: there is no port.
    """
    host, _, port = server.strip().rpartition(":")
    return host.strip("[]"), int(port)


def wait_until_ready(bootstrap_servers: str, *, timeout_s: float, died: Callable[[], bool]) -> bool:
    """Wait for a broker that is starting; false when it died or the time ran out.

    Args:
        bootstrap_servers: one ``host:port``.
        timeout_s: how long to wait at most.
        died: whether waiting has become pointless.
    """
    host, port = split_address(bootstrap_servers)
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline and not died():
        if accepts_connections(host, port) and answers_metadata(bootstrap_servers):
            return True
        time.sleep(_POLL_INTERVAL_S)
    return False


def answers_metadata(bootstrap_servers: str, *, timeout_ms: int = 2_000) -> bool:
    """Whether a plaintext broker answers a metadata request and names itself.

    Blocks, and runs its own event loop: call it from a thread without one.
    """
    return asyncio.run(_answers_metadata(bootstrap_servers, timeout_ms))


async def _answers_metadata(bootstrap_servers: str, timeout_ms: int) -> bool:
    # aiokafka takes longer to import than a broker that runs takes to answer: only when needed.
    from aiokafka.client import AIOKafkaClient  # noqa: PLC0415 - see above
    from aiokafka.errors import KafkaError  # noqa: PLC0415 - see above

    logging.getLogger("aiokafka.client").disabled = True  # it logs what we return
    client = AIOKafkaClient(bootstrap_servers=bootstrap_servers, request_timeout_ms=timeout_ms)
    try:
        await client.bootstrap()
        return bool(client.cluster.brokers())
    except KafkaError:
        return False
    finally:
        await client.close()
        logging.getLogger("aiokafka.client").disabled = False
