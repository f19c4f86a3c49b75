"""What is wrong with topics before the first record: what would be lost there, or not fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from router.errors import LeadRouterError
from router.kafka.topics.topic_metadata import TopicShape
from router.kafka.topics.topic_names import Topics, input_topics, topics_of
from router.kafka.topics.topic_specs import TopicSpec, topic_specs
from router.settings import Settings
from router.telemetry import logger

log = logger(__name__)

_KIB = 1024

EVERYDAY_BYTES = 16 * _KIB
"""No everyday record weighs as much; below this nothing can be relied on to fit."""

_DECISION_BYTES_MAX = 128 * _KIB
"""50 external ids, 50 ids of the rep in CRMs, and masks over 10,000 reps, all at their longest."""

_FLAT_BYTES_MAX = 16 * _KIB
"""An owner, a rep's number, a position: some 20 ids of 128 characters."""

_AROUND_BYTES_MAX = 64 * _KIB
"""What stands around a value: headers that say what was wrong with it, ids and times of a lead."""

_CLEANUP, _STAMP, _LIMIT = "cleanup.policy", "message.timestamp.type", "max.message.bytes"
_FOR_EVER = "-1"


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a topic is not as it must be, in one line with what to do.

    ``is_fatal`` says that to go on would lose something for good, or get nowhere.
    """

    topic: str
    problem: str
    is_fatal: bool = False

    def __str__(self) -> str:
        return f"{self.topic} {self.problem}"


def check_topics(settings: Settings, shapes: Mapping[str, TopicShape]) -> None:
    """Say in the log what is wrong with the topics of ``shapes``.

    Raises:
        LeadRouterError: something would be lost for good, or nothing could be written.
    """
    flaws = list(find_flaws(settings, shapes))
    if fatal := [str(flaw) for flaw in flaws if flaw.is_fatal]:
        raise LeadRouterError("; ".join(fatal))
    for flaw in flaws:
        log.warning("topic.flawed", topic=flaw.topic, problem=flaw.problem)


def find_flaws(settings: Settings, shapes: Mapping[str, TopicShape]) -> Iterator[Flaw]:
    """Everything that is wrong with the topics of ``shapes``, as far as this user may see it."""
    topics = topics_of(settings)
    needs = _bytes_needed(settings, shapes)
    for spec in topic_specs(settings):
        shape = shapes.get(spec.name)
        if shape is None:
            continue
        if spec.name in (topics.inbox, topics.state) and shape.partition_count < spec.partitions:
            yield _is_short(spec, shape)
        if found := _forgets(spec, shape, topics):
            yield found
        if shape.configs.get(_STAMP, spec.configs[_STAMP]) != spec.configs[_STAMP]:
            yield Flaw(
                spec.name,
                f"has {_STAMP}={shape.configs[_STAMP]}: times are those of whoever writes, and old"
                " ones are deleted early; `lead-router topics apply` sets LogAppendTime",
            )
        if _LIMIT in shape.configs and shape.batch_bytes_max < needs.get(spec.name, 0):
            yield _is_narrow(spec, shape, needs[spec.name], topics)


def _is_short(spec: TopicSpec, shape: TopicShape) -> Flaw:
    """More partitions than the settings name do no harm: nobody uses them."""
    found = shape.partition_count
    problem = (
        f"has {found} partitions and the settings say {spec.partitions}, so that sales orgs have"
        f" no place: set LEAD_ROUTER_TOPICS__INBOX_PARTITIONS={found}"
    )
    return Flaw(spec.name, problem, is_fatal=True)


def _forgets(spec: TopicSpec, shape: TopicShape, topics: Topics) -> Flaw | None:
    """Whether the broker throws away what must be kept."""
    wanted, found = spec.configs[_CLEANUP], shape.configs.get(_CLEANUP, spec.configs[_CLEANUP])
    mend = f"`lead-router topics apply` sets {_CLEANUP}={wanted}"
    if wanted == "delete" and "compact" in found:
        lost = f"has {_CLEANUP}={found}: only the last record of each key is kept; {mend}"
        return Flaw(spec.name, lost, is_fatal=spec.name == topics.inbox)
    bounds = {shape.configs.get(name, _FOR_EVER) for name in ("retention.ms", "retention.bytes")}
    if wanted == "compact" and "delete" in found and bounds != {_FOR_EVER}:
        lost = f"has {_CLEANUP}={found} and a retention: what is older is forgotten; {mend}"
        return Flaw(spec.name, lost, is_fatal=spec.name == topics.state)
    return None


def _is_narrow(spec: TopicSpec, shape: TopicShape, needed: int, topics: Topics) -> Flaw:
    limit = shape.batch_bytes_max
    is_inbox = spec.name == topics.inbox
    then = "becomes a dead letter" if is_inbox else "holds up what it was made of until it fits"
    problem = (
        f"has {_LIMIT}={limit} and records may need {needed}: a larger one {then};"
        f" `lead-router topics apply` sets {spec.configs[_LIMIT]}"
    )
    return Flaw(spec.name, problem, is_fatal=limit < EVERYDAY_BYTES)


def _bytes_needed(settings: Settings, shapes: Mapping[str, TopicShape]) -> dict[str, int]:
    """The largest record that we may have to write to each topic, and no more than its own limit.

    A dead letter holds its whole input, which may be as large as the input's topic takes.
    """
    topics = topics_of(settings)
    value = settings.value_bytes_max + _AROUND_BYTES_MAX
    read = [topics.inbox, *(name for names in input_topics(settings).values() for name in names)]
    limits_of_input = [shapes[name].batch_bytes_max for name in read if name in shapes]
    wanted = {
        topics.inbox: value,
        topics.state: value,
        topics.assignments: _DECISION_BYTES_MAX,
        topics.shadow: _DECISION_BYTES_MAX,
        topics.owners: _FLAT_BYTES_MAX,
        topics.reps: _FLAT_BYTES_MAX,
        topics.positions: _FLAT_BYTES_MAX,
        topics.dead_letters: max(limits_of_input, default=0) + _AROUND_BYTES_MAX,
    }
    limits = {spec.name: int(spec.configs[_LIMIT]) for spec in topic_specs(settings)}
    return {name: min(needed, limits[name]) for name, needed in wanted.items()}
