"""The role ``intake``: any record in, an inbox record out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from router.intake.normalise.places.country import load_names
from router.kafka.client.clients import Clients
from router.kafka.rights.guarded import Runnable
from router.kafka.rights.right import Operation, Rights
from router.kafka.rights.watch import RightsWatch
from router.kafka.runtime.step_runner import StepPlan
from router.kafka.topics.topic_metadata import read_shapes
from router.kafka.topics.topic_names import input_names, topics_of
from router.roles.intake.activity_topic import ActivityTopic
from router.roles.intake.plan import (
    NAME,
    intake_plan,
    topics_read_by_intake,
    topics_written_by_intake,
)
from router.roles.rights.step_rights import step_rights
from router.roles.role import Host
from router.roles.transactional import transactional_part
from router.settings import Settings


class IntakeRole:
    """Checks, normalises and cuts down what senders send."""

    name = NAME
    about = "records in, checked and normalised"

    def rights(self, settings: Settings) -> Rights:
        """Return what it reads and writes, its group and its transactions."""
        read, written = topics_read_by_intake(settings), topics_written_by_intake(settings)
        return step_rights(settings, NAME, read=read, written=written)

    def inputs(self, settings: Settings) -> Sequence[str]:
        """Every topic that senders write."""
        return input_names(settings)

    def part_names(self, settings: Settings) -> Sequence[str]:
        """It is one part."""
        del settings
        return [NAME]

    async def parts(self, host: Host, clients: Clients, watch: RightsWatch) -> Sequence[Runnable]:
        """Return the step.

        Raises:
            LeadRouterError: a topic would lose something, or the broker cannot be used.
        """
        activity = ActivityTopic(clients, topics_of(host.settings).activity)
        host.stack.push_async_callback(activity.close)

        async def make_plan() -> StepPlan:
            settings, inputs = host.settings, input_names(host.settings)
            topics = [*inputs, *topics_written_by_intake(settings)]
            await asyncio.to_thread(load_names)
            return intake_plan(
                settings,
                clients,
                await read_shapes(clients, topics, needed=Operation.WRITE, dispensable=inputs),
                activity=activity,
                accept_lost_input=host.consents.lost_input,
                meters=host.process.meters,
            )

        return [await transactional_part(NAME, make_plan, host, clients, watch)]
