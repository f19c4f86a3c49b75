"""Topics in which something would be lost, or not fit: said before the first record."""

import asyncio

import pytest
from structlog.testing import capture_logs

from router.errors import LeadRouterError
from router.kafka.queries.broker_probe import probe_topics
from router.kafka.topics.topic_checks import find_flaws
from router.kafka.topics.topic_metadata import TopicShape
from router.kafka.topics.topic_names import Topics
from router.kafka.topics.topic_specs import topic_specs
from router.settings import Settings

SETTINGS = Settings()
TOPICS = Topics(SETTINGS.topics.prefix)


def shapes(topic=None, partition_count=4, **configs):
    """Every topic as it should be, but for what is said of one."""
    found = {}
    for spec in topic_specs(SETTINGS):
        as_they_are = dict(spec.configs)
        if spec.name == topic:
            as_they_are |= {name.replace("_", "."): value for name, value in configs.items()}
        limit = int(as_they_are["max.message.bytes"])
        count = partition_count if spec.name == topic else spec.partitions
        found[spec.name] = TopicShape(count, limit, as_they_are)
    return found


def flaws(topic=None, **changes):
    return list(find_flaws(SETTINGS, shapes(topic, **changes)))


def test_topics_as_apply_makes_them_have_no_flaw():
    assert flaws() == []


def test_of_a_user_who_may_not_read_configurations_nothing_is_supposed():
    assert list(find_flaws(SETTINGS, {name: TopicShape(4) for name in shapes()})) == []


@pytest.mark.parametrize(
    ("topic", "changes", "is_fatal"),
    [
        (TOPICS.inbox, {"cleanup_policy": "compact"}, True),
        (TOPICS.inbox, {"cleanup_policy": "compact,delete"}, True),
        (TOPICS.inbox, {"message_timestamp_type": "CreateTime"}, False),
        (TOPICS.inbox, {"partition_count": 3}, True),
        (TOPICS.inbox, {"max_message_bytes": "200000"}, False),
        (TOPICS.state, {"cleanup_policy": "delete", "retention_ms": "1000"}, True),
        (TOPICS.state, {"cleanup_policy": "compact,delete", "retention_bytes": "1000"}, True),
        (TOPICS.state, {"max_message_bytes": "1000"}, True),
        (TOPICS.owners, {"cleanup_policy": "delete", "retention_ms": "1000"}, False),
        (TOPICS.owners, {"max_message_bytes": "10000"}, True),
        (TOPICS.assignments, {"max_message_bytes": "100000"}, False),
        (TOPICS.assignments, {"max_message_bytes": "2000"}, True),
        (TOPICS.leads, {"message_timestamp_type": "CreateTime"}, False),
        (TOPICS.feedback, {"cleanup_policy": "compact"}, False),
        (TOPICS.dead_letters, {"max_message_bytes": "1048588"}, False),
        (TOPICS.positions, {"max_message_bytes": "1000"}, True),
    ],
)
def test_what_would_be_lost_or_not_fit_is_told_with_what_to_do(topic, changes, is_fatal):
    [flaw] = flaws(topic, **changes)
    assert (flaw.topic, flaw.is_fatal) == (topic, is_fatal)
    assert str(flaw).startswith(f"{topic} has ")
    assert "lead-router topics apply" in str(flaw) or "INBOX_PARTITIONS=3" in str(flaw)


@pytest.mark.parametrize(
    ("topic", "changes"),
    [
        (TOPICS.state, {"cleanup_policy": "delete"}),
        (TOPICS.inbox, {"partition_count": 9}),
        (TOPICS.inbox, {"retention_ms": "31536000000"}),
        (TOPICS.assignments, {"max_message_bytes": "1048588"}),
        (TOPICS.state, {"max_message_bytes": "1048588"}),
    ],
)
def test_what_works_is_not_complained_of(topic, changes):
    assert flaws(topic, **changes) == []


def test_a_dead_letter_must_hold_the_largest_input_and_no_more():
    found = shapes(TOPICS.dead_letters, max_message_bytes="1048588")
    for name, shape in found.items():
        if name != TOPICS.dead_letters:
            found[name] = TopicShape(shape.partition_count, 500_000, shape.configs)
    assert list(find_flaws(SETTINGS, found)) == []


@pytest.mark.kafka
async def test_a_fatal_flaw_is_refused_at_the_start_and_the_doctor_says_it_too(deployment):
    topics = deployment.topics
    assert (await probe_topics(deployment.settings)).ok
    await deployment.configure(topics.inbox, cleanup_policy="compact")
    await deployment.configure(topics.dead_letters, max_message_bytes=1_000)
    wanted = [f"{topics.inbox} has cleanup.policy=compact", f"{topics.dead_letters} has max"]
    for role in ("intake", "route"):
        task, _ = deployment.run(role)
        with pytest.raises(LeadRouterError, match="topics apply") as refused:
            await asyncio.wait_for(task, 20)
        line = str(refused.value)
        assert [said for said in wanted if said not in line] == []
        assert "\n" not in line
    check = await probe_topics(deployment.settings)
    assert [said for said in wanted if said not in check.found] == []


@pytest.mark.kafka
async def test_added_partitions_are_no_flaw_and_the_doctor_names_them(deployment):
    await deployment.grow(deployment.topics.owners, 6)
    check = await probe_topics(deployment.settings)
    assert check.ok
    assert check.found.endswith(f"see `status` for those used: {deployment.topics.owners}")


@pytest.mark.kafka
async def test_another_flaw_is_a_line_in_the_log_and_the_router_runs(deployment):
    await deployment.configure(deployment.topics.leads, message_timestamp_type="CreateTime")
    with capture_logs() as logged:
        running = deployment.run("intake")
        await deployment.write(deployment.topics.leads, [(None, b"{}")])
        await deployment.read_at_least(deployment.topics.dead_letters, 1)
        await deployment.stop(running)
    [said] = [entry for entry in logged if entry["event"] == "topic.flawed"]
    assert said["topic"] == deployment.topics.leads
    assert "CreateTime" in said["problem"]


@pytest.mark.kafka
async def test_the_doctor_is_content_with_no_topics_and_not_with_some(settings, create_topics):
    check = await probe_topics(settings)
    assert (check.ok, check.found) == (True, "not there yet: none of them is")
    await create_topics(settings)
    raw = settings.topics.model_copy(update={"raw_sources": ["late"]})
    check = await probe_topics(settings.model_copy(update={"topics": raw}))
    assert not check.ok
    assert "leads.raw.late" in check.found
