"""Places at which a process waits for the test, so that a race always ends the same way.

A mark is an empty file. A process that freezes stops itself with SIGSTOP, as if the machine had
paused it there; the test lets it go on with SIGCONT.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

from aiokafka import AIOKafkaProducer

from router.kafka.runtime.transaction import PartitionProducer
from router.kafka.runtime.write_buffer import Outbox
from router.roles.route.step import RouteStep

FROZEN = "frozen"
WRITTEN = "written"
REFUSED = "refused"
POSITION_READ = "position-read"
GO_ON = "go-on"

_POLL_S = 0.02


def mark(name: str) -> Path:
    """The mark of that name."""
    return Path(os.environ["GATE_DIRECTORY"]) / name


def _freeze() -> None:
    mark(FROZEN).touch()
    os.kill(os.getpid(), signal.SIGSTOP)


def _has_decisions(outbox: Outbox) -> bool:
    return any(batch.target.topic.endswith("lead.assignments") for batch in outbox.batches())


def freeze_before_begin() -> None:
    """Freeze with decided records in memory, before their transaction has begun."""
    write = PartitionProducer.write

    async def write_after_freezing(self, outbox, **more):
        if not _has_decisions(outbox) or mark(FROZEN).exists():
            return await write(self, outbox, **more)
        _freeze()
        return await _told(write(self, outbox, **more))

    PartitionProducer.write = write_after_freezing  # type: ignore[method-assign]


def freeze_before_commit() -> None:
    """Freeze with decisions sent and their transaction open."""
    write, commit = PartitionProducer.write, AIOKafkaProducer.commit_transaction

    async def write_and_freeze(self, outbox, **more):
        if not _has_decisions(outbox) or mark(FROZEN).exists():
            return await write(self, outbox, **more)

        async def freeze_then_commit() -> None:
            if not mark(FROZEN).exists():
                _freeze()
            await commit(self._producer)

        self._producer.commit_transaction = freeze_then_commit
        return await _told(write(self, outbox, **more))

    PartitionProducer.write = write_and_freeze  # type: ignore[method-assign]


async def _told(writing):
    """The result of ``writing``, with a mark that says what became of it."""
    try:
        receipt = await writing
    except BaseException:
        mark(REFUSED).touch()
        raise
    mark(WRITTEN).touch()
    return receipt


def wait_after_position() -> None:
    """Wait once route knows where to go on, and before it goes on."""
    open_step = RouteStep.open

    async def open_and_wait(self, log_now) -> int:
        position = await open_step(self, log_now)
        mark(POSITION_READ).touch()
        while not mark(GO_ON).exists():  # noqa: ASYNC110 - the mark is another process's
            await asyncio.sleep(_POLL_S)
        return position

    RouteStep.open = open_and_wait  # type: ignore[method-assign]


GATES: dict[str, Callable[[], None]] = {
    gate.__name__: gate for gate in (freeze_before_begin, freeze_before_commit, wait_after_position)
}
