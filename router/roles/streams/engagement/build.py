"""Putting the parts of engagement together."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from router.intake.records.context import IntakeContext
from router.kafka.client.clients import Clients
from router.kafka.runtime.step_meter import StepMeter
from router.kafka.topics.topic_metadata import TopicShape
from router.kafka.topics.topic_names import topics_of
from router.observe.meters import Meters
from router.observe.tracing import Tracing
from router.roles.streams.engagement.batch import BatchWorker
from router.roles.streams.engagement.faust_app.agent import EngagementAgent
from router.roles.streams.engagement.faust_app.app import (
    activity_topic,
    engagement_table,
    group_of,
    make_app,
    tables_directory,
)
from router.roles.streams.engagement.faust_app.log import ActivityLog
from router.roles.streams.engagement.faust_app.private_names import use_recovery
from router.roles.streams.engagement.faust_app.recovery import TableRecovery
from router.roles.streams.engagement.history import DAY_MS, Bounds
from router.roles.streams.engagement.policies import PolicyBook
from router.roles.streams.engagement.step import NAME, EngagementStep
from router.roles.streams.engagement.storage import make_tables_directory
from router.roles.streams.engagement.watch import LogWatch
from router.roles.streams.engagement.writer import Writers
from router.settings import Settings


@dataclass(frozen=True, slots=True)
class Engagement:
    """The Faust app, and what works beside it."""

    app: Any
    table: Any
    agent: EngagementAgent
    watch: LogWatch
    activity: ActivityLog
    writers: Writers


def build_engagement(
    settings: Settings,
    clients: Clients,
    shapes: dict[str, TopicShape],
    book: PolicyBook,
    meters: Meters,
    tracing: Tracing | None,
) -> Engagement:
    """Everything made and nothing started; needs the event loop that it will run in.

    Raises:
        StorageError: the tables' directory cannot be made.
    """
    topics = topics_of(settings)
    if settings.streams.store == "rocksdb":
        make_tables_directory(tables_directory(settings))
    app = make_app(settings, loop=asyncio.get_running_loop())
    use_recovery(app, TableRecovery(app, app.tables, beacon=app.tables.beacon, loop=app.loop))
    table = app.tables.add(engagement_table(app, settings, shapes[topics.engagement_table]))
    writers, activity = (
        Writers(clients, group_of(settings)),
        ActivityLog(clients, topics.activity),
    )
    meter = StepMeter(NAME, group_of(settings), meters, tracing)
    batches = BatchWorker(
        table,
        _step(settings, shapes, book),
        writers,
        meter,
        changelog=topics.engagement_table,
        shapes=shapes,
    )
    agent = EngagementAgent(app, table, batches, activity)
    app.agent(activity_topic(app, settings), name=NAME)(agent.run)
    watch = LogWatch(activity, agent, app.consumer, meter, settings=settings, shapes=shapes)
    return Engagement(app, table, agent, watch, activity, writers)


def _step(settings: Settings, shapes: dict[str, TopicShape], book: PolicyBook) -> EngagementStep:
    streams = settings.streams
    return EngagementStep(
        topics_of(settings),
        shapes,
        IntakeContext.of(settings),
        book,
        bounds=Bounds(streams.activities_max, streams.duplicates_days * DAY_MS),
        step_milli=1_000 * streams.step_points,
    )
