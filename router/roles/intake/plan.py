"""Putting intake together from the settings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from aiokafka.structs import TopicPartition

from router.intake.records.admit import Admitted, admit
from router.intake.records.context import IntakeContext
from router.intake.sources.admit import Part, admit_raw
from router.intake.sources.configured import configured_sources, raw_activity_is_expected
from router.intake.sources.source import Source
from router.intake.wire.cloudevents import Headers
from router.intake.wire.refusal import Rejected
from router.kafka.client.clients import Clients
from router.kafka.queries.lost_input import InputSurvey
from router.kafka.runtime.dead_letters import DeadLetterBox
from router.kafka.runtime.step import Record
from router.kafka.runtime.step_runner import StepPlan
from router.kafka.topics.positions import Positions
from router.kafka.topics.topic_checks import check_topics
from router.kafka.topics.topic_metadata import TopicShape
from router.kafka.topics.topic_names import (
    InputRole,
    group_of,
    input_names,
    input_topics,
    topics_of,
)
from router.observe.meters import Meters
from router.roles.intake.activity_topic import ActivityTopic
from router.roles.intake.source_tally import SourceTally, source_names
from router.roles.intake.step import Admit, IntakeStep
from router.settings import Settings

NAME = "intake"


def topics_written_by_intake(settings: Settings) -> list[str]:
    """The topics that intake writes."""
    topics = topics_of(settings)
    own = [topics.inbox, topics.dead_letters, topics.positions]
    return [*own, topics.activity] if raw_activity_is_expected(settings) else own


def topics_read_by_intake(settings: Settings) -> list[str]:
    """The topics that intake reads: its input, and where it goes on."""
    return [*input_names(settings), topics_of(settings).positions]


def intake_plan(
    settings: Settings,
    clients: Clients,
    shapes: Mapping[str, TopicShape],
    *,
    activity: ActivityTopic,
    accept_lost_input: bool = False,
    meters: Meters | None = None,
) -> StepPlan:
    """How to run intake, on topics that would lose nothing.

    Args:
        settings: names the topics and the sales orgs.
        clients: with which positions are read.
        shapes: of the topics in :func:`topics_written_by_intake`, and of those that it reads.
        activity: takes the activity that raw topics bring.
        accept_lost_input: go on at the first record there is when records that were never read
            were deleted, by retention or with their topic; the log says what is left out.
        meters: count dead letters.

    Raises:
        LeadRouterError: a topic that would lose something, or take nothing.
    """
    meters = meters or Meters()
    topics = topics_of(settings)
    dead_letters = DeadLetterBox(topics.dead_letters, NAME, shapes, meters)
    positions = Positions(clients, topics.positions)
    sources = source_names(settings, meters.sources)
    partitions = {name: settings.inbox_partition(name) for name in settings.sales_orgs}
    carried = admitting(settings)
    dead_letters.expect(carried)
    used = [*topics_written_by_intake(settings), *carried]
    check_topics(settings, {name: shapes[name] for name in used if name in shapes})
    survey = InputSurvey(clients, list(carried), positions, group_of(settings, NAME))

    def make_step(source: TopicPartition) -> IntakeStep:
        return IntakeStep(
            source,
            carried[source.topic],
            inbox=topics.inbox,
            partitions=partitions,
            dead_letters=dead_letters,
            positions=positions,
            survey=survey,
            activity=activity,
            tally=SourceTally(source.topic, sources, meters.sources),
            accept_lost_input=accept_lost_input,
        )

    return StepPlan(NAME, list(carried), shapes, make_step)


def source_of(role: InputRole, topic: str, settings: Settings) -> str | None:
    """The vendor whose shape the records of a raw topic have."""
    if role != "raw":
        return None
    return topic.removeprefix(topics_of(settings).raw(""))


def admitting(settings: Settings) -> dict[str, Admit]:
    """Return the reader of each input topic's records.

    Raises:
        UsageError: the field map of a source cannot be used.
    """
    context, sources = IntakeContext.of(settings), configured_sources(settings)
    found: dict[str, Admit] = {}
    for role, names in input_topics(settings).items():
        for topic in names:
            name = source_of(role, topic, settings)
            found[topic] = (
                partial(admit_record, role, context)
                if name is None
                else partial(admit_raw_record, sources.get(name), context)
            )
    return found


def admit_record(role: InputRole, context: IntakeContext, record: Record) -> Admitted | Rejected:
    """Return what intake makes of a record of a topic of the contract."""
    return admit(
        role, None, record.key, record.value, _headers_of(record), record.timestamp, context
    )


def admit_raw_record(source: Source | None, context: IntakeContext, record: Record) -> list[Part]:
    """Return what intake makes of a record of a raw topic."""
    return admit_raw(source, record.value, _headers_of(record), record.timestamp, context)


def _headers_of(record: Record) -> Headers:
    if not record.headers:
        return ()
    return [(name, text) for name, text in record.headers if text is not None]
