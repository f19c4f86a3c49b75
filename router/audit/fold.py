"""The fold of the inbox once more, outside the router, as route does it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from router.core.model.assignment import Assignment
from router.intake.wire.codec import decode_event
from router.kafka.runtime.step import Record
from router.kafka.topics.owners import is_erasure
from router.roles.route.fold import Fold
from router.roles.route.plan import sales_orgs_of, shard_maker
from router.settings import Settings


class Applied(NamedTuple):
    """What came of a record: decisions, or a lead whose row goes though nothing was decided."""

    assignments: list[Assignment]
    erased_lead_id: str | None = None


class OfflineFold:
    """The fold of one inbox partition, from its first record on."""

    def __init__(self, settings: Settings, partition: int) -> None:
        """Nothing is applied yet."""
        self.fold: Fold = shard_maker(settings)(partition)
        self._sales_orgs: Mapping[bytes | None, str] = {
            name.encode(): name for name in sales_orgs_of(settings, partition)
        }

    def apply(self, record: Record) -> Applied | None:
        """Return what comes of ``record``; None if it raises, and is a dead letter.

        Raises:
            MemoryError, RecursionError, OSError: the machine failed, not the record.
        """
        at = {"timestamp_ms": record.timestamp, "offset": record.offset}
        try:
            sales_org, event = self._sales_orgs[record.key], decode_event(record.value or b"")
            assignments = self.fold.apply(sales_org, event, **at)
        except (MemoryError, RecursionError, OSError):
            raise
        except Exception:  # noqa: BLE001 - as if it had never been seen
            self.fold.skip(**at)
            return None
        if not assignments and is_erasure(event):
            is_held = self.fold.holds_lead(sales_org, event.lead_id)
            return Applied(assignments, None if is_held else event.lead_id)
        return Applied(assignments)
