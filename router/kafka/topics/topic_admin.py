"""Topics as they are against topics as they should be: what differs, and making it so.

``apply`` creates what is missing and corrects configuration. It never changes a partition count
or a replication factor: the first would move sales organizations away from their state, the
second is the business of whoever runs the brokers.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from router.errors import LeadRouterError
from router.kafka.client.clients import Clients
from router.kafka.client.reach import in_words
from router.kafka.rights.right import Operation
from router.kafka.topics.topic_differences import Aspect, Difference, FoundTopic, compare, refuse
from router.kafka.topics.topic_names import topics_of
from router.kafka.topics.topic_specs import TopicSpec, topic_specs
from router.settings import Settings

_DYNAMIC_TOPIC_CONFIG = 1
"""Kafka's number for a value set on the topic itself, not by a default."""

_VISIBLE_TIMEOUT_S = 15.0
_VISIBLE_POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class Applied:
    """What ``apply`` did, and what it left because only a person should change it."""

    created: tuple[str, ...]
    corrected: tuple[Difference, ...]
    left: tuple[Difference, ...]


class TopicAdmin:
    """Compares and corrects the topics of one lead-router deployment."""

    def __init__(
        self, settings: Settings, client: AIOKafkaAdminClient, reader: AIOKafkaConsumer
    ) -> None:
        self._settings = settings
        self._client = client
        self._reader = reader
        self._specs = {spec.name: spec for spec in topic_specs(settings)}

    @classmethod
    @asynccontextmanager
    async def connected(cls, settings: Settings) -> AsyncIterator[Self]:
        """Connect for the time of an ``async with`` block.

        Raises:
            LeadRouterError: the broker cannot be reached.
        """
        clients = Clients(settings.kafka)
        client, reader = clients.admin(), clients.consumer()
        try:
            await client.start()
            await reader.start()
            yield cls(settings, client, reader)
        except KafkaError as error:
            raise await in_words(
                error, settings.kafka, "see to the topics", Operation.DESCRIBE
            ) from error
        finally:
            await reader.stop()
            await client.close()

    async def diff(self) -> list[Difference]:
        """What differs, by topic name; the empty list if nothing does."""
        found = await self._found()
        differences = [
            difference
            for name, spec in self._specs_beside(found).items()
            for difference in compare(spec, found.get(name))
        ]
        differences += self._extra(found)
        return await self._judge_partition_counts(differences)

    async def apply(self) -> Applied:
        """Create what is missing and correct configuration; doing it again does nothing.

        Raises:
            LeadRouterError: a partition count differs under live state; nothing was changed.
        """
        differences = await self.diff()
        refused = next((each for each in differences if each.refused), None)
        if refused is not None:
            raise LeadRouterError(
                f"{refused.topic} has {refused.found} partitions and settings say"
                f" {refused.wanted}, and there is state: {refused.next_step}"
            )
        missing = [each.topic for each in differences if each.aspect is Aspect.MISSING]
        specs = self._specs_beside(await self._found())
        created = await self._create([specs[name] for name in missing])
        corrected = [each for each in differences if each.aspect is Aspect.CONFIG]
        await self._correct(corrected)
        left = (each for each in differences if not each.is_fixed_by_apply)
        return Applied(tuple(created), tuple(corrected), tuple(left))

    async def take_given_times(self, topic: str) -> None:
        """Let producers say the times of the records of ``topic``, until :meth:`apply`."""
        spec = self._specs[topic]
        given = replace(spec, configs={**spec.configs, "message.timestamp.type": "CreateTime"})
        self._specs[topic] = given
        try:
            await self._correct(compare(given, (await self._found())[topic]))
        finally:
            self._specs[topic] = spec

    async def _found(self) -> dict[str, FoundTopic]:
        described = [
            topic
            for topic in await self._client.describe_topics()
            if topic["topic"].startswith(self._settings.topics.prefix) and not topic["is_internal"]
        ]
        configs = await self._configs([topic["topic"] for topic in described])
        return {
            topic["topic"]: FoundTopic(
                partitions=len(topic["partitions"]),
                replication_factor=min(len(each["replicas"]) for each in topic["partitions"]),
                configs={name: value for name, (value, _) in configs[topic["topic"]].items()},
                overrides={
                    name: value
                    for name, (value, source) in configs[topic["topic"]].items()
                    if source == _DYNAMIC_TOPIC_CONFIG
                },
            )
            for topic in described
        }

    def _specs_beside(self, found: Mapping[str, FoundTopic]) -> Mapping[str, TopicSpec]:
        """The specifications, where activity may have been given more partitions.

        The table that is made of it is to have as many.
        """
        topics = topics_of(self._settings)
        activity, spec = found.get(topics.activity), self._specs[topics.activity]
        if activity is None or activity.partitions <= spec.partitions:
            return self._specs
        return self._specs | {
            name: replace(self._specs[name], partitions=activity.partitions)
            for name in (topics.activity, topics.engagement_table)
        }

    async def _configs(self, names: Sequence[str]) -> dict[str, dict[str, tuple[str, int]]]:
        if not names:
            return {}
        resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
        configs: dict[str, dict[str, tuple[str, int]]] = {}
        for response in await self._client.describe_configs(resources):
            for code, message, _, name, entries in response.resources:
                _raise_for(code, f"describe the topic {name}", message)
                configs[name] = {entry[0]: (entry[1], entry[3]) for entry in entries}
        return configs

    def _extra(self, found: Mapping[str, FoundTopic]) -> list[Difference]:
        if not self._settings.topics.prefix:
            return []  # without a prefix every stranger's topic would count as ours
        raw = topics_of(self._settings).raw("")
        return [
            Difference(
                aspect=Aspect.EXTRA,
                topic=name,
                wanted="no such topic",
                found="present",
                next_step=(
                    f"add {name.removeprefix(raw)} to LEAD_ROUTER_TOPICS__RAW_SOURCES or delete it"
                    if name.startswith(raw)
                    else "delete it, or leave it if another program owns it"
                ),
            )
            for name in sorted(found.keys() - self._specs.keys())
        ]

    async def _judge_partition_counts(self, differences: list[Difference]) -> list[Difference]:
        topics = topics_of(self._settings)
        ordered = {topics.inbox, topics.state}
        changed = any(
            each.aspect is Aspect.PARTITIONS and each.topic in ordered for each in differences
        )
        if not changed or not await self._has_records(ordered):
            return differences
        return [
            refuse(each) if each.aspect is Aspect.PARTITIONS and each.topic in ordered else each
            for each in differences
        ]

    async def _has_records(self, names: set[str]) -> bool:
        described = await self._client.describe_topics(sorted(names))
        partitions = [
            TopicPartition(topic["topic"], partition["partition"])
            for topic in described
            for partition in topic["partitions"]
        ]
        starts = await self._reader.beginning_offsets(partitions)
        ends = await self._reader.end_offsets(partitions)
        return any(ends[partition] > starts[partition] for partition in partitions)

    async def _create(self, specs: Sequence[TopicSpec]) -> list[str]:
        if not specs:
            return []
        new = [
            NewTopic(
                spec.name,
                spec.partitions,
                spec.replication_factor,
                topic_configs=dict(spec.configs),
            )
            for spec in specs
        ]
        response = await self._client.create_topics(new)
        created = []
        for name, code, message in response.topic_errors:
            if for_code(code) is TopicAlreadyExistsError:
                continue  # somebody else applied at the same time
            _raise_for(code, f"create the topic {name}", message)
            created.append(name)
        await _wait_for(partial(self._have_leaders, {spec.name for spec in specs}))
        return created

    async def _have_leaders(self, names: set[str]) -> bool:
        return all(
            topic["error_code"] == 0
            and all(partition["leader"] >= 0 for partition in topic["partitions"])
            for topic in await self._client.describe_topics(sorted(names))
        )

    async def _correct(self, differences: Sequence[Difference]) -> None:
        wrong = {each.topic for each in differences}
        if not wrong:
            return
        found = await self._found()
        # The request replaces all that is set on a topic: what operators set besides must stay.
        resources = [
            ConfigResource(
                ConfigResourceType.TOPIC,
                name,
                {**found[name].overrides, **self._specs[name].configs},
            )
            for name in sorted(wrong)
        ]
        for response in await self._client.alter_configs(resources):
            for code, message, _, name in response.resources:
                _raise_for(code, f"configure the topic {name}", message)
        await _wait_for(self._are_configured)

    async def _are_configured(self) -> bool:
        found = await self._found()
        return not any(
            difference.aspect is Aspect.CONFIG
            for name in self._specs.keys() & found.keys()
            for difference in compare(self._specs[name], found[name])
        )


async def _wait_for(done: Callable[[], Awaitable[bool]]) -> None:
    """Brokers hear of a change a little later than the controller that made it."""
    deadline = time.monotonic() + _VISIBLE_TIMEOUT_S
    while not await done():
        if time.monotonic() > deadline:
            raise LeadRouterError(
                f"the topics were changed and brokers do not show it after"
                f" {_VISIBLE_TIMEOUT_S:.0f} s: see to the brokers, then run"
                " `lead-router topics apply` again"
            )
        await asyncio.sleep(_VISIBLE_POLL_S)


def _raise_for(code: int, doing: str, message: Any) -> None:
    if code:
        reason = message or for_code(code).__name__
        raise LeadRouterError(f"could not {doing}: {reason}")
