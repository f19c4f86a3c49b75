"""``lead-router run``: the router itself."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from router.kafka.runtime.malloc_tuning import keep_buffers
from router.roles.registry import ROLES, parse_roles
from router.roles.route.plan import Consents
from router.roles.service import process_of, run_roles
from router.settings import Settings
from router.telemetry import logger, set_up_logging

log = logger(__name__)

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_STOP_S_MAX = 9.0
"""Every part ends within 8 s, whatever the broker does; supervisors kill after 10 s or later."""


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("run")(run)


def run(
    roles: Annotated[
        str | None,
        typer.Option(help=f"Which of {','.join(ROLES)} to run here; all of them without this."),
    ] = None,
    accept_dead_letters_until: Annotated[
        int | None,
        typer.Option(
            help="Go on past the dead letters up to this inbox offset, where a partition halted.",
            min=0,
        ),
    ] = None,
    ready_file: Annotated[
        Path | None,
        typer.Option(help="A file that is there, and seconds old, while all partitions are open."),
    ] = None,
    *,
    accept_clock_jump: Annotated[
        bool,
        typer.Option(
            "--accept-clock-jump",
            help="Take the broker's time for true as it is: all that its clock has leapt counts.",
        ),
    ] = False,
    accept_lost_input: Annotated[
        bool,
        typer.Option(
            "--accept-lost-input", help="Go on although input was deleted before it was read."
        ),
    ] = False,
) -> None:
    """Route leads until told to stop; exactly once, on as many machines as you like.

    Start it as often as there is work: the processes share the partitions. SIGTERM or Ctrl-C end
    it in good order within 10 s, a second one at once, and what was under way goes on elsewhere. It
    exits with 1, saying why, when it cannot go on or leaves a partition that waits for an operator.

    Examples: lead-router run; lead-router run --roles route
    """
    settings = Settings()
    set_up_logging(form=settings.log_format, level=settings.log_level)
    consents = Consents(
        dead_letters_until=-1 if accept_dead_letters_until is None else accept_dead_letters_until,
        clock_jump=accept_clock_jump,
        lost_input=accept_lost_input,
    )
    keep_buffers()
    asyncio.run(_run_until_signalled(settings, parse_roles(roles), consents, ready_file))


async def _run_until_signalled(
    settings: Settings, roles: list[str], consents: Consents, ready_file: Path | None
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def end() -> None:
        if stop.is_set():
            _end_now()
        stop.set()
        loop.call_later(_STOP_S_MAX, _end_now)

    for number in _SIGNALS:
        loop.add_signal_handler(number, end)
    try:
        await _run(settings, roles, stop, consents, ready_file)
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)


def _end_now() -> None:
    """End the process as a kill would, which loses nothing."""
    log.error("stop.forced", why=f"told twice to stop, or not done after {_STOP_S_MAX:.0f} s")
    sys.stderr.flush()
    os._exit(1)


async def _run(
    settings: Settings,
    roles: list[str],
    stop: asyncio.Event,
    consents: Consents,
    ready_file: Path | None,
) -> None:
    async with process_of(settings, roles, ready_file) as process:
        await run_roles(settings, roles, stop=stop, consents=consents, process=process)
