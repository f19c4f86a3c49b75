"""What a batch changes in the table, before it is written."""

from __future__ import annotations

from collections.abc import Sequence

from router.roles.streams.engagement.faust_app.table import Reader, Rows


class Pending:
    """A store as it will be when ``rows`` of it are written."""

    def __init__(self, store: Reader) -> None:
        """Nothing is to be written yet."""
        self._store = store
        self._rows: dict[int, dict[bytes, bytes]] = {}

    def read_rows(self, partition: int, keys: Sequence[bytes]) -> list[bytes | None]:
        """See :class:`Reader`."""
        held = self._store.read_rows(partition, keys)
        rows = self._rows.get(partition)
        if not rows:
            return held
        return [rows.get(key, value) for key, value in zip(keys, held, strict=True)]

    def put(self, partition: int, rows: Rows) -> None:
        """To be written; a key's latest value counts."""
        self._rows.setdefault(partition, {}).update(rows)

    def rows(self, partition: int) -> Rows:
        """What is to be written in ``partition``."""
        return list(self._rows.get(partition, {}).items())
