"""intake and route in memory: the same code as on Kafka, without a broker.

One shard, one log, and the caller's clock. `demo`, `simulate` and their tests drive it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from router.core.explain.explain import People
from router.core.model.assignment import Assignment
from router.core.model.events import Event, PolicyPublished, ReadWarning, Tick
from router.core.model.policy import Policy
from router.core.shard import Shard
from router.intake.contract import DeadLetterReason
from router.intake.records.admit import admit
from router.intake.records.context import IntakeContext
from router.intake.wire.cloudevents import TopicRole
from router.intake.wire.codec import decode_event
from router.intake.wire.refusal import Rejected
from router.kafka.topics.changelog import MESSAGE_PACKING
from router.kafka.topics.codecs import read_policy
from router.settings import Settings

_TICKS_AT_ONCE_MAX = 200
_TICKS_APART_MS = 1_000
"""As on Kafka: ticks follow at once while work is left over, and otherwise a second apart."""


class Taken(NamedTuple):
    """A record's fate: its decisions, or why intake or route refused it.

    ``warnings`` name what of it could not be read.
    """

    decisions: list[Assignment]
    refused: Rejected | None = None
    step: str = ""
    warnings: tuple[ReadWarning, ...] = ()


@dataclass(slots=True)
class OfflineRouter:
    """Takes records in as the router would; ``now_ms`` is the log's time."""

    context: IntakeContext
    shard: Shard
    _offset: int = 0
    _following: int = 0  # ticks that came at once, one after the other
    _not_before_ms: int = 0

    @classmethod
    def of(cls, settings: Settings) -> OfflineRouter:
        """Empty: no policy, no rep, no lead."""
        shard = Shard(0, tuple(settings.sales_orgs), read_policy, MESSAGE_PACKING)
        return cls(IntakeContext.of(settings), shard)

    @property
    def now_ms(self) -> int:
        """The time of the last record."""
        return self.shard.now_ms

    def publish(self, policy: Policy, *, at_ms: int, sales_org: str | None = None) -> None:
        """Let ``policy`` decide for a sales org, or for the default one."""
        org = sales_org or self.context.default_sales_org
        self._following = self._not_before_ms = 0
        self._apply(org, PolicyPublished(policy), at_ms)

    def take(
        self, role: TopicRole, value: bytes | None, *, at_ms: int, key: bytes | None = None
    ) -> Taken:
        """Take in one record of an input topic at ``at_ms``; deadlines are not fired by it."""
        admitted = admit(role, None, key, value, (), at_ms, self.context)
        if isinstance(admitted, Rejected):
            return Taken([], admitted, "intake")
        self._following = self._not_before_ms = 0
        try:
            decided = self._apply(admitted.sales_org, decode_event(admitted.value), at_ms)
        except (MemoryError, RecursionError, OSError):
            raise
        except Exception as error:  # noqa: BLE001 - as route does: one record, one dead letter
            self.shard.skip(timestamp_ms=at_ms, offset=self._offset)
            self._offset += 1
            detail = f"{type(error).__name__} in route"
            return Taken([], Rejected(DeadLetterReason.UNEXPECTED_ERROR, detail), "route")
        return Taken(decided, warnings=admitted.warnings)

    def pass_time(self, until_ms: int) -> Iterator[Assignment]:
        """Fire every deadline up to ``until_ms``, each at its time."""
        while (at_ms := self.next_tick_ms()) is not None and at_ms <= until_ms:
            yield from self.tick(at_ms)

    def next_tick_ms(self) -> int | None:
        """Return when the next tick is to come; None if nothing will be due."""
        due_ms = self.shard.next_due_ms()
        return None if due_ms is None else max(due_ms, self.now_ms, self._not_before_ms)

    def tick(self, at_ms: int) -> list[Assignment]:
        """Fire what is due at ``at_ms``, which :meth:`next_tick_ms` has given."""
        decided = self._apply(self.context.default_sales_org, Tick(at_ms), at_ms)
        left = self.shard.next_due_ms()
        self._following = self._following + 1 if left is not None and left <= at_ms else 0
        if self._following > _TICKS_AT_ONCE_MAX:
            self._following = 0
        self._not_before_ms = at_ms if self._following else at_ms + _TICKS_APART_MS
        return decided

    def people(self, names: Callable[[str], str | None], sales_org: str) -> People:
        """The reps of a sales org by permanent number; ``names`` gives a name by id."""
        reps = self.shard.orgs[sales_org].rep_numbers
        ids = {rep.number: rep.profile.rep_id for rep in reps}
        return People({rep_id: names(rep_id) or rep_id for rep_id in ids.values()}, ids)

    def _apply(self, sales_org: str, event: Event, at_ms: int) -> list[Assignment]:
        decided = self.shard.apply(sales_org, event, timestamp_ms=at_ms, offset=self._offset)
        self._offset += 1
        return decided
