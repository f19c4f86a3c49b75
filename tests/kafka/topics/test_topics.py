"""Topics: their names, their shapes, and ``apply`` and ``diff`` against a real broker."""

import asyncio

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from router.errors import LeadRouterError, UsageError
from router.kafka.topics.topic_admin import TopicAdmin
from router.kafka.topics.topic_differences import Aspect, FoundTopic, compare
from router.kafka.topics.topic_names import Topics, input_topics, topics_of
from router.kafka.topics.topic_specs import TopicSpec, topic_specs
from router.settings import Settings, TopicSettings

DAY_MS = 86_400_000


def with_topics(settings: Settings, **changes) -> Settings:
    return settings.model_copy(update={"topics": settings.topics.model_copy(update=changes)})


def specs_by_name(**changes) -> dict[str, TopicSpec]:
    settings = Settings(topics=TopicSettings(**changes))
    return {spec.name: spec for spec in topic_specs(settings)}


async def apply(settings: Settings):
    async with TopicAdmin.connected(settings) as admin:
        return await admin.apply()


async def diff(settings: Settings):
    async with TopicAdmin.connected(settings) as admin:
        return await admin.diff()


async def eventually_different(settings: Settings):
    """Brokers hear of a change a little later than the controller that made it."""
    async with TopicAdmin.connected(settings) as admin:
        for _ in range(300):
            if differences := await admin.diff():
                return differences
            await asyncio.sleep(0.05)
    raise AssertionError("nothing differs after 15 s")


def test_every_name_carries_the_prefix():
    topics = Topics("lead-router.")
    assert topics.leads == "lead-router.leads"
    assert topics.raw("hubspot") == "lead-router.leads.raw.hubspot"
    assert topics.assignments == "lead-router.lead.assignments"
    assert topics.inbox == "lead-router.routing.inbox"
    assert topics.feedback == "lead-router.crm.feedback"
    assert topics.dead_letters == "lead-router.dead-letters"
    assert all(name.startswith("acme-") for name in specs_by_name(prefix="acme-"))


def test_intake_reads_inputs_and_never_what_route_writes():
    settings = Settings(topics=TopicSettings(raw_sources=["hubspot", "webform"]))
    topics = topics_of(settings)
    read = {name for names in input_topics(settings).values() for name in names}
    assert read >= {topics.leads, topics.raw("hubspot"), topics.raw("webform"), topics.feedback}
    assert not read & {topics.inbox, topics.state, topics.assignments, topics.owners}


def test_every_topic_has_a_specification():
    settings = Settings(topics=TopicSettings(raw_sources=["hubspot"]))
    topics = topics_of(settings)
    named = {
        getattr(topics, name) for name, kind in vars(Topics).items() if isinstance(kind, property)
    }
    assert set(specs_by_name(raw_sources=["hubspot"])) == named | {topics.raw("hubspot")}


def test_only_inbox_and_state_have_the_inbox_partitions():
    specs = specs_by_name(inbox_partitions=6, partitions=3)
    topics = Topics("lead-router.")
    assert {name for name, spec in specs.items() if spec.partitions == 6} == {
        topics.inbox,
        topics.state,
    }
    assert {name for name, spec in specs.items() if spec.partitions == 1} == {topics.positions}
    assert {spec.partitions for spec in specs.values()} == {1, 3, 6}


@pytest.mark.parametrize(
    ("topic", "policy", "kept_ms"),
    [
        ("leads", "delete", 21 * DAY_MS),
        ("lead.activity", "delete", 7 * DAY_MS),
        ("lead.engagement", "compact", -1),
        ("roster", "compact", -1),
        ("accounts", "compact", -1),
        ("policies", "compact", -1),
        ("crm.feedback", "delete", 30 * DAY_MS),
        ("routing.inbox", "delete", -1),
        ("routing.state", "compact", -1),
        ("lead.assignments", "delete", 400 * DAY_MS),
        ("lead.owners", "compact", -1),
        ("dead-letters", "delete", 21 * DAY_MS),
        ("routing.shadow", "delete", 7 * DAY_MS),
    ],
)
def test_a_topic_keeps_what_the_contract_says(topic, policy, kept_ms):
    configs = specs_by_name()[f"lead-router.{topic}"].configs
    assert configs["cleanup.policy"] == policy
    assert configs["retention.ms"] == str(kept_ms)


def test_no_topic_takes_its_time_from_producers():
    stamps = {spec.configs["message.timestamp.type"] for spec in specs_by_name().values()}
    assert stamps == {"LogAppendTime"}


def test_leads_are_deleted_by_the_day_and_state_is_compacted_within_one():
    specs = specs_by_name()
    assert int(specs["lead-router.leads"].configs["segment.ms"]) == DAY_MS
    assert int(specs["lead-router.routing.state"].configs["max.compaction.lag.ms"]) <= DAY_MS


def test_every_accepted_input_fits_into_dead_letters():
    specs = specs_by_name()
    room = {name: int(spec.configs["max.message.bytes"]) for name, spec in specs.items()}
    inputs = [name for names in input_topics(Settings()).values() for name in names]
    assert all(room["lead-router.dead-letters"] > room[name] for name in inputs)
    assert all(room[name] > Settings().value_bytes_max for name in inputs)


def test_more_insync_replicas_than_replicas_are_refused():
    with pytest.raises(UsageError, match="MIN_INSYNC_REPLICAS"):
        specs_by_name(replication_factor=2, min_insync_replicas=3)


def test_a_topic_with_fewer_replicas_is_reported():
    spec = TopicSpec("leads", 2, 3, {})
    [difference] = compare(spec, FoundTopic(2, 1, {}, {}))
    assert difference.aspect is Aspect.REPLICATION
    assert (difference.wanted, difference.found) == ("3", "1")
    assert not difference.is_fixed_by_apply


@pytest.mark.kafka
async def test_apply_creates_everything_and_then_has_nothing_to_do(settings, create_topics):
    settings = with_topics(settings, raw_sources=["hubspot"])
    missing = await diff(settings)
    assert {each.aspect for each in missing} == {Aspect.MISSING}
    await create_topics(settings)
    assert await diff(settings) == []
    again = await apply(settings)
    assert (again.created, again.corrected, again.left) == ((), (), ())


@pytest.mark.kafka
async def test_apply_corrects_configuration_and_keeps_what_operators_set(
    settings, create_topics, kafka_bootstrap
):
    await create_topics(settings)
    leads = topics_of(settings).leads
    client = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await client.start()
    theirs = {"retention.ms": "1000", "compression.type": "lz4"}
    resource = ConfigResource(ConfigResourceType.TOPIC, leads, theirs)
    await client.alter_configs([resource])
    try:
        differences = await eventually_different(settings)
        assert {each.topic for each in differences} == {leads}
        assert {each.setting: each.found for each in differences}["retention.ms"] == "1000"
        applied = await apply(settings)
        assert "retention.ms" in {each.setting for each in applied.corrected}
        assert await diff(settings) == []
        [described] = await client.describe_configs(
            [ConfigResource(ConfigResourceType.TOPIC, leads, {"compression.type": None})]
        )
        assert described.resources[0][4][0][1] == "lz4"
    finally:
        await client.close()


@pytest.mark.kafka
async def test_a_topic_nobody_specified_is_reported_and_left(
    settings, create_topics, kafka_bootstrap
):
    await create_topics(settings)
    topics = topics_of(settings)
    client = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await client.start()
    await client.create_topics([NewTopic(topics.raw("forgotten"), 1, 1)])
    await client.close()
    await eventually_different(settings)
    applied = await apply(settings)
    assert [(each.aspect, each.topic) for each in applied.left] == [
        (Aspect.EXTRA, topics.raw("forgotten"))
    ]
    assert "RAW_SOURCES" in applied.left[0].next_step


@pytest.mark.kafka
async def test_partition_counts_may_differ_while_there_is_no_state_and_apply_grows_nothing(
    settings, create_topics
):
    await create_topics(settings)
    applied = await apply(with_topics(settings, inbox_partitions=8, partitions=5))
    assert {each.aspect for each in applied.left} == {Aspect.PARTITIONS}
    assert not any(each.refused for each in applied.left)
    assert await diff(settings) == []


@pytest.mark.kafka
async def test_another_partition_count_under_live_state_is_refused(
    settings, create_topics, kafka_bootstrap
):
    await create_topics(settings)
    producer = AIOKafkaProducer(bootstrap_servers=kafka_bootstrap)
    await producer.start()
    await producer.send_and_wait(topics_of(settings).state, b"{}", key=b"lead-1", partition=2)
    await producer.stop()
    grown = with_topics(settings, inbox_partitions=8, raw_sources=["late"])
    refused = [each for each in await diff(grown) if each.refused]
    assert {each.topic for each in refused} == {
        topics_of(settings).inbox,
        topics_of(settings).state,
    }
    with pytest.raises(LeadRouterError, match="INBOX_PARTITIONS=4"):
        await apply(grown)
    assert Aspect.MISSING in {each.aspect for each in await diff(grown)}, "nothing was created"


@pytest.mark.kafka
async def test_two_at_once_create_each_topic_once(settings, create_topics):
    async with TopicAdmin.connected(settings) as one, TopicAdmin.connected(settings) as other:
        first, second = await one.diff(), await other.diff()
        assert first == second
        created = [*(await one.apply()).created, *(await other.apply()).created]
    assert sorted(created) == sorted(spec.name for spec in topic_specs(settings))
    await create_topics(settings)


async def test_a_broker_that_is_not_there_is_one_clear_line():
    settings = Settings.model_validate({"kafka": {"bootstrap_servers": "127.0.0.1:1"}})
    with pytest.raises(LeadRouterError, match=r"127\.0\.0\.1:1.*lead-router dev up") as error:
        await diff(settings)
    assert "\n" not in str(error.value)
