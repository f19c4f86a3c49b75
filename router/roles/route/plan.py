"""Putting route together from the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiokafka.structs import TopicPartition

from router.core.shard import Shard
from router.kafka.client.clients import Clients
from router.kafka.queries.feedback_queue import FeedbackQueue
from router.kafka.runtime.dead_letters import DeadLetterBox
from router.kafka.runtime.step import PartitionStep
from router.kafka.runtime.step_runner import StepPlan
from router.kafka.topics.changelog import MESSAGE_PACKING, Layout
from router.kafka.topics.codecs import read_policy
from router.kafka.topics.topic_checks import check_topics
from router.kafka.topics.topic_metadata import TopicShape
from router.kafka.topics.topic_names import group_of, topics_of
from router.observe.meters import Meters
from router.roles.intake.plan import NAME as INTAKE
from router.roles.route.breaker import Breaker
from router.roles.route.fold import Fold
from router.roles.route.restore import FoldMaker, Restorer
from router.roles.route.step import RouteParts, RouteStep
from router.roles.route.unused_step import UnusedStep
from router.settings import Settings

NAME = "route"


@dataclass(frozen=True, slots=True)
class Consents:
    """What an operator has looked at and accepts, by options of `run`."""

    dead_letters_until: int = -1
    clock_jump: bool = False
    lost_input: bool = False


def topics_written_by_route(settings: Settings) -> list[str]:
    """The topics that route writes."""
    topics = topics_of(settings)
    return [
        topics.assignments,
        topics.owners,
        topics.state,
        topics.reps,
        topics.shadow,
        topics.dead_letters,
        topics.inbox,
    ]


def topics_read_by_route(settings: Settings) -> list[str]:
    """The topics that route reads: its input, and what it restores from."""
    topics = topics_of(settings)
    return [topics.inbox, topics.state]


def sales_orgs_of(settings: Settings, partition: int) -> tuple[str, ...]:
    """The sales orgs that live in an inbox partition."""
    return tuple(org for org in settings.sales_orgs if settings.inbox_partition(org) == partition)


def shard_maker(settings: Settings) -> FoldMaker:
    """Makes the empty shard of an inbox partition."""

    def make(partition: int) -> Fold:
        sales_orgs = sales_orgs_of(settings, partition)
        return Shard(partition, sales_orgs, read_policy, MESSAGE_PACKING)

    return make


def layout_of(settings: Settings, shapes: Mapping[str, TopicShape]) -> Layout:
    """Return the layout in which state that begins now is written."""
    topics = topics_of(settings)
    keyed = (topics.assignments, topics.owners, topics.reps, topics.shadow)
    return Layout(
        settings.topics.inbox_partitions,
        tuple(settings.sales_orgs),
        {topic: shapes[topic].partition_count for topic in keyed},
    )


def route_plan(
    settings: Settings,
    clients: Clients,
    shapes: Mapping[str, TopicShape],
    *,
    consents: Consents = Consents(),
    make_fold: FoldMaker | None = None,
    meters: Meters | None = None,
) -> tuple[StepPlan, FeedbackQueue]:
    """How to run route, and the queue to be stopped after it.

    ``shapes`` holds the topics of :func:`topics_written_by_route`.

    Raises:
        LeadRouterError: a topic that would lose something, or take nothing.
    """
    topics, meters = topics_of(settings), meters or Meters()
    check_topics(settings, {name: shapes[name] for name in topics_written_by_route(settings)})
    feedback = FeedbackQueue(
        clients,
        topic=topics.feedback,
        group=group_of(settings, INTAKE),
    )
    parts = RouteParts(
        topics=topics,
        restorer=Restorer(
            clients,
            state_topic=topics.state,
            layout=layout_of(settings, shapes),
            make_fold=make_fold or shard_maker(settings),
        ),
        dead_letters=DeadLetterBox(topics.dead_letters, NAME, shapes, meters),
        feedback=feedback,
        leap_max_ms=settings.clock_jump_max_s * 1000,
        accepts_leap=consents.clock_jump,
        meters=meters,
    )
    parts.dead_letters.expect([topics.inbox])

    def make_step(source: TopicPartition) -> PartitionStep:
        if source.partition >= settings.topics.inbox_partitions:
            return UnusedStep(source, settings.topics.inbox_partitions)
        breaker = Breaker(settings.breaker, accept_until=consents.dead_letters_until)
        return RouteStep(source, sales_orgs_of(settings, source.partition), parts, breaker)

    return StepPlan(NAME, [topics.inbox], shapes, make_step), feedback
