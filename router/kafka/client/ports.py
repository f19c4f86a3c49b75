"""Free TCP ports on the loopback interface."""

from __future__ import annotations

import random
import socket

_LOWEST, _HIGHEST = 20_000, 32_000
_ATTEMPTS_MAX = 200


def is_free(port: int) -> bool:
    """Whether a server could listen on ``port`` of the loopback interface now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port that nobody listens on, below the range that outgoing connections draw from.

    A port that the system picks lies in that range: while a broker that was killed comes back,
    any client's outgoing connection may take it, even one that is looking for this very broker.

    Raises:
        OSError: no port was free.
    """
    for _ in range(_ATTEMPTS_MAX):
        port = random.randrange(_LOWEST, _HIGHEST)  # noqa: S311 - any free port will do
        if is_free(port):
            return port
    raise OSError(f"no free port between {_LOWEST} and {_HIGHEST}")


def accepts_connections(host: str, port: int) -> bool:
    """Whether somebody listens there now."""
    try:
        with socket.create_connection((host, port), timeout=0.5):
            return True
    except OSError:
        return False
