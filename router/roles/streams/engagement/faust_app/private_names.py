"""Every private name of Faust and mode that we touch. A test fails when one is gone.

There is no public way to what they do. What is overridden stands in ``OVERRIDDEN``; what is read or
called goes through the functions here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import faust
from aiokafka import AIOKafkaConsumer
from faust.stores import memory, rocksdb
from faust.tables import recovery
from faust.transport.drivers import aiokafka as driver
from mode.threads import ServiceThread

OVERRIDDEN: Mapping[type, tuple[str, ...]] = {
    driver.Consumer: (
        "_add_gap",
        "_commit",
        "_filter_tps_with_pending_acks",
        "_new_consumer_thread",
        "_new_offset",
        "_should_commit",
    ),
    faust.Table: ("_new_store_by_url",),
    recovery.Recovery: ("_wait",),
    rocksdb.Store: ("_open_for_partition",),
}
"""Methods that our subclasses replace, by Faust's class."""

ON_CLASSES: Mapping[type, tuple[str, ...]] = {
    driver.AIOKafkaConsumerThread: ("_consumer",),
    faust.App: ("_crash",),
    rocksdb.Store: ("_db_for_partition",),
    ServiceThread: ("_thread",),
}
"""What the functions here use of classes; of objects there is more, which the test makes."""


def crash(app: Any, error: Exception) -> None:
    """End the app for ``error``; may be called from within its callbacks, which swallow errors."""
    app._crash(error)


async def until_crashed(app: Any) -> None:
    """Wait until the app has crashed: ``crash_reason`` then says why."""
    await app._crashed.wait()


def use_recovery(app: Any, restoring: recovery.Recovery) -> None:
    """Have the app's tables restored by ``restoring``; there is no setting for its class."""
    app.tables._recovery = restoring


def kafka_consumer(consumer: Any) -> AIOKafkaConsumer | None:
    """Aiokafka's consumer inside of Faust's, which lives in a thread; None before it starts."""
    return consumer._thread._consumer


def thread_loop(consumer: Any) -> asyncio.AbstractEventLoop:
    """The event loop of the thread that Faust's consumer has."""
    loop: asyncio.AbstractEventLoop = consumer._thread.thread_loop
    return loop


async def until_stopped(service: ServiceThread) -> None:
    """Wait, in the service's own thread, until it is told to stop."""
    await service._stopped.wait()


def rocksdb_of(store: rocksdb.Store, partition: int) -> Any:
    """The RocksDB of a partition, opened if it is not."""
    return store._db_for_partition(partition)


def take_rocksdbs(store: rocksdb.Store) -> list[Any]:
    """Take all RocksDBs out of the store, for the caller to close."""
    opened = list(store._dbs.values())
    store._dbs.clear()
    return opened


def take_rocksdb(store: rocksdb.Store, partition: int) -> Any | None:
    """Take one RocksDB out of the store, for the caller to close."""
    return store._dbs.pop(partition, None)


def note_partition(store: memory.Store[bytes, bytes], partitions: Mapping[bytes, int]) -> None:
    """Tell the store in memory which partition its keys belong to."""
    store._key_partition.update(partitions)
