"""A Faust table that is read and written in batches.

Faust writes a table one key at a time: a changelog record each, with a future of its own, 100 µs
and more. Here the caller puts the changelog records of a whole batch into its own producer's
batches and tells the store afterwards. What lies in the changelog and on the disk is Faust's own
form, and Faust restores from it.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Protocol

import faust
import rocksdict
from faust.stores import memory, rocksdb
from faust.types import TP

from router.errors import LeadRouterError
from router.roles.streams.engagement.codec import place_in
from router.roles.streams.engagement.faust_app.private_names import (
    crash,
    note_partition,
    rocksdb_of,
    take_rocksdb,
    take_rocksdbs,
)
from router.roles.streams.engagement.storage import make_tables_directory, told_storage_errors
from router.roles.streams.engagement.writer import Written

logging.getLogger(__name__).setLevel(logging.WARNING)  # Faust logs by the names of its subclasses

_MIB = 1024 * 1024
ROCKSDB_OPTIONS = {
    "block_cache_size": 64 * _MIB,  # of each partition; Faust's default is 2 GiB
    "write_buffer_size": 16 * _MIB,
    "max_write_buffer_number": 2,
    "bloom_filter_size": 10,
}

Rows = Sequence[tuple[bytes, bytes]]
"""Keys and values, each key once."""


class Reader(Protocol):
    """What a step needs of a table."""

    def read_rows(self, partition: int, keys: Sequence[bytes]) -> list[bytes | None]:
        """The values of ``keys``, None for one that is not there."""
        ...


class Store(Reader, Protocol):
    """What the batches of a table need of its store."""

    def write_rows(self, changelog: TP, rows: Rows, written: Written) -> None:
        """Write ``rows``, which lie in the changelog where ``written`` says.

        If somebody else has written there too, the next restoring begins where ours had ended
        before: what they wrote is not in this store.
        """
        ...


class RocksDBStore(rocksdb.Store):
    """A RocksDB for each partition; rows and their changelog offset are written together."""

    def read_rows(self, partition: int, keys: Sequence[bytes]) -> list[bytes | None]:
        """See :class:`Store`."""
        with self._told(partition):
            found: list[bytes | None] = rocksdb_of(self, partition).get(list(keys))
            return found

    def write_rows(self, changelog: TP, rows: Rows, written: Written) -> None:
        """See :class:`Store`."""
        held: int | None = self.persisted_offset(changelog)
        follows = written.first_offset == (-1 if held is None else held) + 1
        is_whole = written.last_offset - written.first_offset + 1 == len(rows)
        self._write(changelog, rows, written.last_offset if follows and is_whole else None)

    def _write(self, changelog: TP, rows: Rows, restored_to: int | None) -> None:
        batch = rocksdict.WriteBatch(raw_mode=True)
        for key, value in rows:
            batch.put(key, value)
        if restored_to is not None:
            batch.put(self.offset_key, str(restored_to).encode())
        with self._told(changelog.partition):
            rocksdb_of(self, changelog.partition).write(batch)

    def _open_for_partition(self, partition: int) -> Any:
        with self._told(partition):
            make_tables_directory(self.path)  # somebody may have deleted it, as we advise
            return super()._open_for_partition(partition)

    def persisted_offset(self, tp: TP) -> int | None:
        """The last offset of the changelog that is in here."""
        with self._told(tp.partition):
            offset: int | None = super().persisted_offset(tp)
            return offset

    def _told(self, partition: int) -> AbstractContextManager[None]:
        return told_storage_errors(partial(self.partition_path, partition))

    def revoke_partitions(self, table: Any, tps: Iterable[TP]) -> None:
        """Close what is others' now; Faust leaves it to the garbage collector."""
        for tp in tps:
            if tp.topic in table.changelog_topic.topics:
                _close(take_rocksdb(self, tp.partition))

    async def stop(self) -> None:
        """Close everything, so that it can be opened again."""
        self.close()
        await super().stop()

    def close(self) -> None:
        """Close everything."""
        for database in take_rocksdbs(self):
            _close(database)

    def apply_changelog_batch(
        self,
        batch: Iterable[Any],
        to_key: Callable[[Any], Any],
        to_value: Callable[[Any], Any],
    ) -> None:
        """Restore, keeping of each key what goes furthest."""
        del to_key, to_value
        for changelog, (rows, last_offset) in _gathered(batch).items():
            self._write(changelog, _newer(self, changelog.partition, rows), last_offset)


def _close(database: Any | None) -> None:
    """Close a RocksDB; one on a disk that is full says so once more, and is closed."""
    if database is not None:
        with contextlib.suppress(Exception):
            database.close()


class MemoryStore(memory.Store[bytes, bytes]):
    """A dictionary; restored whole at every start."""

    def read_rows(self, partition: int, keys: Sequence[bytes]) -> list[bytes | None]:
        """See :class:`Store`."""
        del partition
        return [self.data.get(key) for key in keys]

    def write_rows(self, changelog: TP, rows: Rows, written: Written) -> None:
        """See :class:`Store`."""
        del written
        self._keep(changelog, rows)

    def _keep(self, changelog: TP, rows: Rows) -> None:
        self.data.update(rows)
        note_partition(self, dict.fromkeys((key for key, _ in rows), changelog.partition))

    def close(self) -> None:
        """There is nothing to close."""

    def apply_changelog_batch(
        self,
        batch: Iterable[Any],
        to_key: Callable[[Any], Any],
        to_value: Callable[[Any], Any],
    ) -> None:
        """Restore, keeping of each key what goes furthest."""
        del to_key, to_value
        for changelog, (rows, _) in _gathered(batch).items():
            self._keep(changelog, _newer(self, changelog.partition, rows))


def _newer(store: Store, partition: int, rows: Mapping[bytes, bytes]) -> Rows:
    """Those of ``rows`` that go as far as what the store holds, or further."""
    held = store.read_rows(partition, list(rows))
    return [
        (key, value)
        for (key, value), before in zip(rows.items(), held, strict=True)
        if _goes_as_far(value, before)
    ]


def _goes_as_far(value: bytes, before: bytes | None) -> bool:
    place = place_in(value)  # also what goes first is looked at, so that another form is noticed
    return before is None or place_in(before) <= place


def _gathered(batch: Iterable[Any]) -> Mapping[TP, tuple[dict[bytes, bytes], int]]:
    """Of each changelog partition in ``batch`` the rows that go furthest, and the last offset.

    A worker that was thought dead may have written an older row behind its successor's.
    """
    gathered: dict[TP, tuple[dict[bytes, bytes], int]] = {}
    for event in batch:
        message = event.message
        rows, last_offset = gathered.get(message.tp, ({}, -1))
        if _goes_as_far(message.value, rows.get(message.key)):
            rows[message.key] = message.value
        gathered[message.tp] = (rows, max(last_offset, message.offset))
    return gathered


class BatchTable(faust.Table[bytes, bytes]):
    """A table of bytes by bytes whose store is one of ours."""

    def apply_changelog_batch(self, batch: Iterable[Any]) -> None:
        """Restore; where that fails, fail loudly: Faust would log it and try again for ever."""
        try:
            super().apply_changelog_batch(batch)
        except ValueError as error:
            why = (
                f"{self.changelog_topic_name} cannot be restored ({error}): it was written by"
                " another version of lead-router; run that one, or delete the topic, run"
                " `lead-router topics apply`, and engagement begins anew"
            )
            crash(self.app, LeadRouterError(why))
            raise
        except Exception as error:
            crash(self.app, error)
            raise

    def _new_store_by_url(self, url: Any) -> Any:
        store = RocksDBStore if str(url).startswith("rocksdb") else MemoryStore
        return store(
            url,
            self.app,
            self,
            table_name=self.name,
            key_type=bytes,
            value_type=bytes,
            key_serializer="raw",
            value_serializer="raw",
            options=self.options,
        )
