"""Whether the consumer inside of Faust still works: Faust does not ask it."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from aiokafka import AIOKafkaConsumer

from router.kafka.client.background_tasks import check_tasks
from router.roles.streams.engagement.faust_app.private_names import kafka_consumer
from router.roles.streams.engagement.faust_app.thread_call import in_thread_of

_LOOK_EVERY_S = 2.0
_ANSWER_S_MAX = 30.0
"""The thread does nothing that would hold up its event loop for long."""


async def until_dead(consumer: Any) -> None:
    """Look every few seconds, until cancelled.

    Raises:
        KafkaError: the group was refused, or a background task has died.
        TimeoutError: the consumer's thread does not run any more.
    """
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        inner = kafka_consumer(consumer)
        if inner is not None:
            asking = in_thread_of(consumer, partial(_check, inner))
            await asyncio.wait_for(asking, _ANSWER_S_MAX)


async def _check(consumer: AIOKafkaConsumer) -> None:
    check_tasks(consumer)
