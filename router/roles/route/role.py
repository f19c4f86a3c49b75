"""The role ``route``: the inbox in, decisions out."""

from __future__ import annotations

from collections.abc import Sequence

from router.kafka.client.clients import Clients
from router.kafka.rights.guarded import Runnable
from router.kafka.rights.right import Operation, Resource, Right, Rights, topic_rights
from router.kafka.rights.watch import RightsWatch
from router.kafka.runtime.step_runner import StepPlan
from router.kafka.topics.topic_metadata import read_shapes
from router.kafka.topics.topic_names import group_of, topics_of
from router.roles.intake.plan import NAME as INTAKE
from router.roles.rights.step_rights import step_rights
from router.roles.role import Host
from router.roles.route.plan import (
    NAME,
    route_plan,
    topics_read_by_route,
    topics_written_by_route,
)
from router.roles.transactional import transactional_part
from router.settings import Settings


class RouteRole:
    """Decides, in the order of the inbox."""

    name = NAME
    about = "decisions"

    def rights(self, settings: Settings) -> Rights:
        """Before time passes it looks at how far intake is with feedback."""
        read, written = topics_read_by_route(settings), topics_written_by_route(settings)
        return (
            *step_rights(settings, NAME, read=read, written=written),
            *topic_rights(Operation.DESCRIBE, [topics_of(settings).feedback]),
            Right(Operation.DESCRIBE, Resource.GROUP, group_of(settings, INTAKE)),
        )

    def inputs(self, settings: Settings) -> Sequence[str]:
        """Return none: it cannot do without the inbox."""
        del settings
        return ()

    def part_names(self, settings: Settings) -> Sequence[str]:
        """It is one part."""
        del settings
        return [NAME]

    async def parts(self, host: Host, clients: Clients, watch: RightsWatch) -> Sequence[Runnable]:
        """Return the step.

        Raises:
            LeadRouterError: a topic would lose something, or the broker cannot be used.
        """

        async def make_plan() -> StepPlan:
            feedback_topic = topics_of(host.settings).feedback
            shapes = await read_shapes(
                clients,
                [feedback_topic, *topics_written_by_route(host.settings)],
                needed=Operation.WRITE,
                dispensable=[feedback_topic],
            )
            plan, feedback = route_plan(
                host.settings,
                clients,
                shapes,
                consents=host.consents,
                make_fold=host.make_fold,
                meters=host.process.meters,
            )
            host.stack.push_async_callback(feedback.stop)
            return plan

        return [await transactional_part(NAME, make_plan, host, clients, watch)]
