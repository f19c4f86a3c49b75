"""Background tasks of aiokafka's consumers, which can die without a word.

A consumer fetches in a task of its own, and so do coordination, heartbeats and metadata. When one
of them meets an error that aiokafka did not expect (a KeyError of its own, an assertion), the task
ends; ``getmany`` goes on returning nothing, for ever. Seen: a fetch that is answered by the former
and by the new leader of a partition, both with an error, fails an assertion and ends all fetching.

So whoever polls a consumer asks for its tasks as well, and makes it anew when one is dead. (A
producer whose sender has died says so itself: it refuses whatever is sent.)
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from router.errors import LeadRouterError


class TaskDiedError(KafkaError, LeadRouterError):  # type: ignore[misc]  # aiokafka is not typed
    """A background task of a consumer has ended by an error: it is of no use any more."""

    def __str__(self) -> str:
        """Which task, and by what."""
        return LeadRouterError.__str__(self)


def check_tasks(consumer: AIOKafkaConsumer) -> None:
    """Check that ``consumer``, which has been started, still does its work. Cheap; never waits.

    Raises:
        TaskDiedError: a task of it has died; names it and its error.
        KafkaError: what its group's coordinator has refused.
    """
    client, fetcher, coordinator = consumer._client, consumer._fetcher, consumer._coordinator  # noqa: SLF001 - there is no public way to them
    for part in (client, fetcher, coordinator):
        for name, task in _tasks(part):
            if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                cause = error.__cause__ or error
                raise TaskDiedError(
                    f"{name} of aiokafka's {type(part).__name__} has died"
                    f" ({type(cause).__name__}): the consumer is made anew"
                )
    if coordinator is not None:
        coordinator.check_errors()  # as getmany does, which Faust goes past


def _tasks(part: object | None) -> Iterator[tuple[str, asyncio.Task[object]]]:
    """The tasks that ``part`` of a consumer has, whatever it calls them."""
    for name, value in vars(part).items() if part is not None else ():
        if isinstance(value, asyncio.Task):
            yield name.strip("_"), value
