"""What one step counts: once a transaction, never once a record."""

from __future__ import annotations

from router.observe.meters import Meters
from router.observe.tracing import Tracing, TransactionTrace


class StepMeter:
    """Counts the transactions of one step, and begins their traces."""

    def __init__(
        self, step: str, group: str, meters: Meters, tracing: Tracing | None = None
    ) -> None:
        """``tracing`` is None while nobody wants traces."""
        self.meters = meters
        self._step, self._group = step, group
        self._tracing = tracing
        meters.steps.transactions.add(step, by=0)
        meters.steps.transactions_failed.add(step, by=0)
        meters.steps.reopened.add(step, by=0)

    def trace(self, topic: str, partition: int) -> TransactionTrace | None:
        """The spans of a transaction that begins now."""
        if self._tracing is None:
            return None
        return self._tracing.transaction(self._step, self._group, topic, partition)

    def committed(self, topic: str, records: int, *, whole_s: float, write_s: float) -> None:
        """A transaction with ``records`` of ``topic`` took so long, of which the broker so long."""
        steps, step = self.meters.steps, self._step
        steps.transactions.add(step)
        steps.records.add(step, topic, by=records)
        steps.transaction_records.observe(records, step)
        steps.transaction_seconds.observe(whole_s, step)
        steps.write_seconds.observe(write_s, step)

    def failed(self) -> None:
        """A transaction was not committed."""
        self.meters.steps.transactions_failed.add(self._step)

    def reopened(self) -> None:
        """A partition is to be opened again after a failure."""
        self.meters.steps.reopened.add(self._step)

    def assigned(self) -> None:
        """The group has given out partitions."""
        self.meters.steps.rebalances.add(self._step)
