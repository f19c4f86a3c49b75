"""The role ``delivery``: a sink for each destination of the settings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import aiohttp

from router.destination_settings import DestinationSettings
from router.kafka.client.clients import Clients
from router.kafka.rights.guarded import Runnable
from router.kafka.rights.right import Operation, Resource, Right, Rights, topic_rights
from router.kafka.rights.watch import RightsWatch
from router.kafka.sink.answer import Verdict
from router.kafka.sink.gate import Gate
from router.kafka.sink.sink import Sink, SinkPlan
from router.kafka.topics.topic_names import group_of, topics_of
from router.observe.instruments import Reading
from router.observe.meters import DeliveryMeters
from router.roles.delivery.catalogue import destination_of
from router.roles.delivery.reports import Reports
from router.roles.delivery.target import DestinationTarget
from router.roles.role import Host
from router.settings import Settings

NAME = "delivery"


def part_name(destination: str) -> str:
    """Return what readiness and the consumer group call a destination."""
    return f"{NAME}-{destination}"


class DeliveryRole:
    """Brings assignments to where people work."""

    name = NAME
    about = "assignments out to CRMs and people"

    def rights(self, settings: Settings) -> Rights:
        """Its groups have names that begin alike: one for each destination."""
        topics = topics_of(settings)
        group = f"{group_of(settings, NAME)}-"
        return (
            *topic_rights(Operation.READ, [topics.assignments, topics.deliveries_retry]),
            *topic_rights(Operation.WRITE, [topics.feedback, topics.deliveries_failed]),
            Right(Operation.READ, Resource.GROUP, group, is_prefix=True),
        )

    def inputs(self, settings: Settings) -> Sequence[str]:
        """It needs all that it reads."""
        del settings
        return ()

    def part_names(self, settings: Settings) -> Sequence[str]:
        """Each destination."""
        return [part_name(name) for name in settings.destinations]

    async def parts(self, host: Host, clients: Clients, watch: RightsWatch) -> Sequence[Runnable]:
        """Return a sink for each destination."""
        del watch
        if not host.settings.destinations:
            return []
        session = await host.stack.enter_async_context(
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        )
        reports = Reports(clients)
        host.stack.push_async_callback(reports.stop)
        meters = host.process.meters.delivery
        sinks = []
        for name, settings in host.settings.destinations.items():
            for verdict in Verdict:  # a count that begins at 1 never shows its first
                meters.calls.add(name, verdict, by=0)
            gate = Gate(name, settings.retry_s)
            target = DestinationTarget(
                *(name, destination_of(settings), settings.timeout_s, session, reports),
                *(topics_of(host.settings), meters),
            )
            sinks.append(Sink(_plan(host.settings, name, settings), target, gate, clients))
        host.process.meters.watch(lambda: _readings(meters, host.settings, sinks))
        return sinks


def _plan(settings: Settings, name: str, destination: DestinationSettings) -> SinkPlan:
    topics = topics_of(settings)
    return SinkPlan(
        name=part_name(name),
        group=group_of(settings, part_name(name)),
        topics=(topics.assignments, topics.deliveries_retry),
        since_ms=int(destination.since.timestamp() * 1000),
        pauses_s=destination.retry_s,
        calls_max=destination.calls_max,
    )


def _readings(
    meters: DeliveryMeters, settings: Settings, sinks: Sequence[Sink]
) -> Iterator[Reading]:
    for name, sink in zip(settings.destinations, sinks, strict=True):
        yield meters.waiting, (name,), sink.lag() or 0
        yield meters.shut, (name,), float(sink.gate.is_shut)
        yield meters.switched_off, (name,), float(sink.gate.switched_off is not None)
