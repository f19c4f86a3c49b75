"""Which records became dead letters: by the place they were read at, not by what is in them."""

from __future__ import annotations

import sys
import time

from router.audit.cut import Cut
from router.audit.findings import Comparison, Kind, Place
from router.kafka.client.clients import Clients
from router.kafka.queries.dead_letter_reader import REDRIVEN, number_in, said_in
from router.kafka.queries.reader import read_spans
from router.kafka.runtime.step import Record
from router.kafka.topics.topic_metadata import TopicShape
from router.kafka.topics.topic_specs import topic_specs
from router.roles.intake.plan import NAME as INTAKE
from router.roles.route.plan import NAME as ROUTE
from router.settings import Settings

EXACTLY_ONCE = frozenset({INTAKE, ROUTE})
"""Steps whose dead letters are written in transactions; engagement's may come twice, rightly."""

_RETENTION = "retention.ms"


class Letters:
    """The places of records that became dead letters, by step.

    ``kept_since_ms`` is the time from which none of them was deleted: of an older record without a
    dead letter nothing can be said.
    """

    def __init__(self, row: Comparison) -> None:
        """``row`` takes dead letters that are there twice."""
        self.row = row
        self._places: set[tuple[str, Place]] = set()
        self.kept_since_ms = 0

    def has(self, step: str, place: Place) -> bool:
        """Whether the record at ``place`` became a dead letter of ``step``."""
        return (step, place) in self._places

    async def read(self, clients: Clients, settings: Settings, cut: Cut) -> None:
        """Take in the whole topic."""
        spans = cut.dead_letters
        first_ms: dict[int, int] = {}
        async for records in read_spans(clients, spans):
            first_ms.setdefault(records[0].partition, records[0].timestamp)
            for record in records:
                self._take(record)
        cut_off = [source for source, span in spans.items() if span.start]
        if cut_off:
            topic = cut_off[0].topic
            kept_ms = _retention_ms(settings, topic, cut.shapes[topic])
            oldest_ms = max(int(time.time() * 1000) - kept_ms, 0)
            self.kept_since_ms = max(
                first_ms.get(source.partition, oldest_ms) for source in cut_off
            )

    def _take(self, record: Record) -> None:
        said = said_in(record.headers)
        if REDRIVEN in said:
            return
        source = Place(
            said.get("topic", ""), number_in(said, "partition"), number_in(said, "offset")
        )
        letter = (said.get("step", ""), source)
        if letter[0] not in EXACTLY_ONCE:
            return
        if letter in self._places:
            self.row.find(Kind.DOUBLE, None, Place.of(record), f"{source} is a dead letter twice")
        else:
            self.row.same += 1
            self._places.add(letter)


def _retention_ms(settings: Settings, topic: str, shape: TopicShape) -> int:
    """How long ``topic`` keeps a record; as ours do, for a user who may not read configurations."""
    [spec] = [spec for spec in topic_specs(settings) if spec.name == topic]
    kept_ms = int(shape.configs.get(_RETENTION, spec.configs[_RETENTION]))
    return kept_ms if kept_ms >= 0 else sys.maxsize
