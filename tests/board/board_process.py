"""The board alone as a program, for tests that kill it: writes its address into a file."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from router.board.service import serve_board
from router.settings import Settings
from router.telemetry import set_up_logging


async def main(address_file: Path) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)

    def started(address: str) -> None:
        half = address_file.with_suffix(".half")
        half.write_text(address, encoding="utf-8")
        half.rename(address_file)

    await serve_board(Settings(), stop, on_started=started)


if __name__ == "__main__":
    set_up_logging(form="console", level="info")
    asyncio.run(main(Path(sys.argv[1])))
