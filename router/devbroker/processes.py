"""Which program a process runs."""

from __future__ import annotations

import subprocess
from pathlib import Path


def command_line(pid: int) -> str:
    """The command line of process ``pid``, its arguments separated by spaces; empty if none."""
    if pid <= 0:
        return ""
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (OSError, UnicodeDecodeError):
            return ""
    listed = subprocess.run(  # noqa: S603 - a number as argument, no shell
        ["ps", "-ww", "-o", "command=", "-p", str(pid)],  # noqa: S607 - wherever the system has it
        capture_output=True,
        text=True,
        check=False,
    )
    return listed.stdout.strip()
