"""Which process listens on a port, so that the broker's CPU time can be read."""

from __future__ import annotations

from pathlib import Path

from tests.bench.processes import FellShortError

LISTEN = "0A"


def listening_pid(bootstrap_servers: str) -> int:
    """The process that listens on the first server's port on this machine.

    Raises:
        FellShortError: none that we may look into, as with a broker in a container.
    """
    port = int(bootstrap_servers.split(",", maxsplit=1)[0].rsplit(":", 1)[1])
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    for entry in Path("/proc").glob("[0-9]*"):
        if sockets & _open_files(entry):
            return int(entry.name)
    raise FellShortError(
        f"cannot see the process of the broker at {bootstrap_servers}, so not its CPU time either:"
        " run where no Docker engine answers, so that a broker is started from its jars"
    )


def _listening_inodes(port: int) -> list[str]:
    """Inodes of listening sockets: field 1 is local ``ADDRESS:PORT``, 3 the state, 9 the inode."""
    rows = [
        line.split()
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        for line in Path(table).read_text(encoding="utf-8").splitlines()[1:]
    ]
    return [
        row[9] for row in rows if row[3] == LISTEN and int(row[1].rpartition(":")[2], 16) == port
    ]


def _open_files(process: Path) -> set[str]:
    try:
        return {str(link.readlink()) for link in (process / "fd").iterdir()}
    except OSError:
        return set()
