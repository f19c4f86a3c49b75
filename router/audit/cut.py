"""Up to where each topic is read: chosen so that a running router gives no false alarm.

Ends are asked in the order in which causes come before effects:

1. intake's positions and route's state, as they are *committed*: what was made of the records
   before them is in other topics of the same transactions;
2. those other topics, as they are *written*. A transaction's markers reach its partitions one
   after the other: a position may be readable while the inbox record of its transaction is not
   yet. But it is written, and who reads up to there waits for its marker;
3. ``lead.assignments`` after ``lead.owners``, and the inbox after both, because each holds what the
   one before was made of. What is newer there than the positions of 1 need not have left a trace.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aiokafka.structs import TopicPartition

from router.errors import LeadRouterError
from router.kafka.client.clients import Clients
from router.kafka.queries.lags import applied_in
from router.kafka.queries.lookups import latest_by_key
from router.kafka.queries.reader import Span, spans_of, written_spans
from router.kafka.runtime.step import Record
from router.kafka.topics.codecs import decode
from router.kafka.topics.positions import Position, position_record
from router.kafka.topics.topic_checks import find_flaws
from router.kafka.topics.topic_metadata import TopicShape, read_shapes
from router.kafka.topics.topic_names import input_topics, topics_of
from router.settings import Settings

Spans = Mapping[TopicPartition, Span]


@dataclass(frozen=True, slots=True)
class Cut:
    """What is read of each topic, and what it is like.

    ``passed`` holds intake's position in each partition of its input, ``applied`` the next offset
    of route in each partition of the inbox.
    """

    shapes: Mapping[str, TopicShape]
    passed: Mapping[TopicPartition, Position]
    applied: Mapping[int, int]
    state: Spans
    owners: Spans
    reps: Spans
    assignments: Spans
    shadow: Spans
    dead_letters: Spans
    inbox: Spans
    inputs: Spans

    def has_passed(self, record: Record) -> bool:
        """Whether intake has read a record: not one of a topic that was made anew since."""
        source = TopicPartition(record.topic, record.partition)
        position, end = self.passed[source], self.inputs[source].end or 0
        is_younger = position.at_ms is not None and record.timestamp > position.at_ms
        return record.offset < position.next_offset <= end and not is_younger


async def take_cut(clients: Clients, settings: Settings) -> Cut:
    """Ask for all ends.

    Raises:
        LeadRouterError: a topic does not exist, or sales orgs have no place in it.
    """
    topics = topics_of(settings)
    inputs = [name for names in input_topics(settings).values() for name in names]
    outputs = [topics.state, topics.owners, topics.reps, topics.assignments, topics.shadow]
    shapes = await read_shapes(clients, [*inputs, *outputs, topics.dead_letters, topics.inbox])
    places = {name: shapes[name] for name in (topics.inbox, topics.state)}
    if flaws := [flaw for flaw in find_flaws(settings, places) if flaw.is_fatal]:
        raise LeadRouterError("; ".join(map(str, flaws)))

    def partitions(names: Iterable[str]) -> list[TopicPartition]:
        return [
            TopicPartition(name, partition)
            for name in names
            for partition in range(shapes[name].partition_count)
        ]

    async def written(**names: str) -> dict[str, Spans]:
        spans = await written_spans(clients, partitions(names.values()))
        return {
            field: {source: span for source, span in spans.items() if source.topic == name}
            for field, name in names.items()
        }

    passed = await _positions(clients, topics.positions, partitions(inputs))
    state = await spans_of(clients, partitions([topics.state]))
    return Cut(
        shapes=shapes,
        passed=passed,
        applied=await applied_in(clients, state),
        state=state,
        **await written(owners=topics.owners, reps=topics.reps),
        **await written(
            assignments=topics.assignments, shadow=topics.shadow, dead_letters=topics.dead_letters
        ),
        **await written(inbox=topics.inbox),
        inputs=await written_spans(clients, partitions(inputs)),
    )


async def _positions(
    clients: Clients, topic: str, sources: Iterable[TopicPartition]
) -> dict[TopicPartition, Position]:
    """Where intake stands; it has passed nothing of a partition without a position."""
    held = await latest_by_key(clients, topic)
    found = {}
    for source in sources:
        key, _ = position_record(source, Position(0))
        value = held.get(key.decode())
        said = decode(value) if value else {"next_offset": 0}
        found[source] = Position(said["next_offset"], said.get("at_ms"))
    return found
