"""The streams role on a real broker: kills, restarts, two workers, and what engagement causes."""

import asyncio
import json
import random
import signal
import time

import pytest
from aiokafka.partitioner import murmur2

from router.errors import LeadRouterError
from router.roles.service import run_roles
from router.roles.streams.engagement import batch as batch_module
from tests.bench.activities import ENGAGEMENT, activities
from tests.bench.recount import recount

pytestmark = pytest.mark.kafka

LINES = {name: (points, days) for name, (points, days, _) in ENGAGEMENT.items()}
STEP_POINTS = 5.0


async def recounted(marketing):
    return await recount(
        marketing.settings.kafka.bootstrap_servers,
        marketing.topics.activity,
        marketing.topics.engagement,
        LINES,
        STEP_POINTS,
    )


def with_bad_ones(made, chosen):
    """Every so often a record that nobody can understand; returns all, and how many are bad."""
    bad = [b"", b"{", b"[]", b'{"lead_id":"x"}', b"\xff\xfe", b'{"activity_id":"a","lead_id":3}']
    mixed, count = [], 0
    for each in made:
        mixed.append((each.key, each.value))
        if chosen.random() < 0.005:
            mixed.append((each.key, chosen.choice(bad)))
            count += 1
    return mixed, count


async def write_all(marketing, records, chosen):
    """Write records in order, one in fifty to a partition that is not its lead's."""
    for begin in range(0, len(records), 5_000):
        futures = []
        for key, value in records[begin : begin + 5_000]:
            place = (murmur2(key) & 0x7FFFFFFF) % 4
            if chosen.random() < 0.02:
                place = (place + 1 + chosen.randrange(3)) % 4
            futures.append(
                await marketing.producer.send(
                    marketing.topics.activity, value, key, partition=place
                )
            )
        await asyncio.gather(*futures)


async def wait_for(group, worker, share):
    deadline_s = time.monotonic() + 120
    while True:
        done, written = await group.done()
        if done >= share * written:
            return done, written
        assert worker.returncode is None, worker.log.read_text()
        assert time.monotonic() < deadline_s, f"{done} of {written}: {worker.log.read_text()}"
        await asyncio.sleep(0.05)


@pytest.mark.timeout(240)
async def test_60_000_activities_and_two_kills_give_what_is_counted_again(
    marketing, group, start_worker
):
    chosen = random.Random(4)
    await marketing.publish_policy()
    made = activities(60_000, 3_000, int(time.time() * 1_000))
    records, bad = with_bad_ones(made, chosen)
    await write_all(marketing, records, chosen)
    worker = await start_worker()
    for share in (0.3, 0.65):
        done, written = await wait_for(group, worker, share)
        assert done < written, "there was nothing left to be killed in"
        worker.kill()
        await worker.wait()
        worker = await start_worker()
    await wait_for(group, worker, 1.0)
    worker.send_signal(signal.SIGTERM)
    assert await worker.wait() == 0, worker.log.read_text()
    found = await recounted(marketing)
    assert found.wrong == []
    assert found.leads == 3_000
    assert found.published > 2_900
    letters = await marketing.read(marketing.topics.dead_letters)
    places = {
        tuple(value for name, value in letter.headers if name in {"partition", "offset"})
        for letter in letters
    }
    assert len(places) == bad


async def test_two_workers_share_the_partitions_and_one_takes_over_all(
    marketing, group, start_worker
):
    chosen = random.Random(5)
    await marketing.publish_policy()
    made = [(each.key, each.value) for each in activities(20_000, 900, int(time.time() * 1_000))]
    first = await start_worker()
    second = await start_worker()
    await write_all(marketing, made[:10_000], chosen)
    await wait_for(group, first, 0.8)
    first.kill()
    await first.wait()
    await write_all(marketing, made[10_000:], chosen)
    await wait_for(group, second, 1.0)
    assert (await recounted(marketing)).wrong == []


async def test_a_worker_that_was_thought_dead_and_wakes_up_changes_nothing(
    marketing, group, start_worker, tmp_path
):
    chosen = random.Random(6)
    await marketing.publish_policy()
    made = [(each.key, each.value) for each in activities(30_000, 1_300, int(time.time() * 1_000))]
    own_tables = {"LEAD_ROUTER_STREAMS__DIRECTORY": str(tmp_path / "other tables")}
    sleeper = await start_worker()
    await write_all(marketing, made[:20_000], chosen)
    await wait_for(group, sleeper, 0.2)
    sleeper.send_signal(signal.SIGSTOP)
    second = await start_worker(**own_tables)
    await wait_for(group, second, 0.9)
    sleeper.send_signal(signal.SIGCONT)
    await write_all(marketing, made[20_000:], chosen)
    await wait_for(group, second, 1.0)
    second.send_signal(signal.SIGTERM)
    await second.wait()
    await marketing.act("L-1", "webinar", "a-1")
    await wait_for(group, sleeper, 1.0)
    assert (await recounted(marketing)).wrong == []


@pytest.mark.parametrize("store", ["rocksdb", "memory"])
async def test_a_new_start_goes_on_from_the_table(marketing, store, tmp_path):
    streams = marketing.settings.streams.model_copy(update={"store": store})
    marketing.settings = marketing.settings.model_copy(update={"streams": streams})
    await marketing.publish_policy()
    await marketing.act("L-1", "webinar", "a-1")
    for expected in (20, 40):
        _, _, readiness = marketing.run("streams")
        if expected == 40:
            await marketing.act("L-1", "webinar", "a-1")  # known by its id, after the restart too
            await marketing.act("L-1", "webinar", "a-2")

        async def counted(expected=expected):
            values = [e["points_milli"] for e in await marketing.engagement_of("L-1")]
            return values and abs(values[-1] - 1_000 * expected) < 100

        await marketing.until(counted, f"{expected} points")
        assert readiness()
        await marketing.stop_all()
        assert not readiness()
    assert len(await marketing.engagement_of("L-1")) == 2
    assert any(tmp_path.glob("tables/**/*.db")) == (store == "rocksdb")


async def test_tables_that_are_lost_come_back_from_the_changelog(marketing, tmp_path):
    await marketing.publish_policy()
    await marketing.act("L-1", "webinar", "a-1")
    marketing.run("streams")
    await marketing.until(lambda: marketing.engagement_of("L-1"), "engagement")
    await marketing.stop_all()
    (tmp_path / "tables").rename(tmp_path / "lost")
    await marketing.act("L-1", "webinar", "a-2")
    marketing.run("streams")

    async def both():
        return len(await marketing.engagement_of("L-1")) == 2

    await marketing.until(both, "a second record")
    assert (await marketing.engagement_of("L-1"))[-1]["points_milli"] > 39_900


async def test_a_policy_published_while_it_runs_applies_to_what_was_done_before(marketing):
    _, _, readiness = marketing.run("streams")
    await marketing.act("L-1", "form", "a-1")

    async def remembered():
        return readiness() and await marketing.read(marketing.topics.engagement_table)

    await marketing.until(remembered, "a row in the table")
    assert await marketing.engagement_of("L-1") == []
    await marketing.publish_policy()

    async def counted():
        await marketing.act("L-1", "page_view", f"view-{time.monotonic()}")
        return await marketing.engagement_of("L-1")

    assert (await marketing.until(counted, "points"))[0]["points_milli"] > 15_900


def lead_value(lead_id):
    return json.dumps(
        {
            "event_id": f"e-{lead_id}",
            "event_type": "submitted",
            "lead_id": lead_id,
            "occurred_at": "2026-01-01T00:00:00Z",
            "location": {"country": "DE"},
        }
    ).encode()


async def staffed(marketing):
    """A rep in each channel, and the policy that hands hot leads over."""
    await marketing.hire()
    await marketing.publish_policy()
    marketing.run("intake", "route")
    marketing.run("streams")


async def assignments_of(marketing, lead_id, outcome):
    records = await marketing.read(marketing.topics.assignments)
    decided = [json.loads(record.value) for record in records if record.key == lead_id.encode()]
    return [each for each in decided if each["outcome"] == outcome]


async def test_a_cold_inside_lead_turns_hot_and_is_handed_to_the_field(marketing):
    await staffed(marketing)
    await marketing.send(marketing.topics.leads, [(b"L-1", lead_value("L-1"))])

    async def assigned():
        return await assignments_of(marketing, "L-1", "assigned")

    [first] = await marketing.until(assigned, "an assignment")
    assert (first["rep_id"], first["sales_channel"]) == ("ida", "inside")
    assert first["score"]["band"] == "cold"
    await marketing.act("L-1", "page_view", "a-1")
    await marketing.act("L-1", "webinar", "a-2")
    await marketing.act("L-1", "demo_request", "a-3")

    async def handed_over():
        return await assignments_of(marketing, "L-1", "handed_off")

    [handed] = await marketing.until(handed_over, "a handoff")
    assert (handed["rep_id"], handed["sales_channel"]) == ("fay", "field")
    assert handed["reason"] == "score_rose"
    assert handed["partner_rep_id"] == "ida"
    assert handed["score"]["band"] == "hot"
    assert handed["score"]["engagement"] == 61


async def test_activity_before_its_lead_is_kept_and_counts_when_the_lead_arrives(marketing):
    await staffed(marketing)
    await marketing.act("L-2", "demo_request", "a-1")
    await marketing.until(lambda: marketing.engagement_of("L-2"), "engagement")

    async def admitted():
        records = await marketing.read(marketing.topics.inbox)
        return any(b'"engagement"' in record.value for record in records)

    await marketing.until(admitted, "engagement in the inbox")
    await marketing.send(marketing.topics.leads, [(b"L-2", lead_value("L-2"))])

    async def assigned():
        return await assignments_of(marketing, "L-2", "assigned")

    [decided] = await marketing.until(assigned, "an assignment")
    assert decided["score"]["engagement"] == 40
    assert decided["score"]["band"] == "warm"


async def test_missing_topics_are_said_in_one_line(settings):
    with pytest.raises(LeadRouterError, match="lead-router topics apply") as raised:
        await run_roles(settings, ["streams"], stop=asyncio.Event())
    assert "\n" not in str(raised.value)


async def test_the_ready_file_is_there_while_activity_is_taken_in(
    marketing, start_worker, tmp_path
):
    ready = tmp_path / "ready"
    worker = await start_worker("--ready-file", str(ready), LEAD_ROUTER_LOG_LEVEL="info")

    async def shown():
        assert worker.returncode is None, worker.log.read_text()
        return ready.exists()

    await marketing.until(shown, "readiness")
    assert '"engagement.started"' in worker.log.read_text()
    worker.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(worker.wait(), 20) == 0
    assert not ready.exists()


async def test_dead_letters_and_lag_show_in_the_metrics(marketing, group):
    meters, activity = marketing.meters, marketing.topics.activity
    for number in range(4):
        await marketing.send(activity, [(b"L-1", b"{")], partition=number)
    _, _, readiness = marketing.run("streams")
    assert list(marketing.engagement_readings()) == [], "nothing is known before it has started"

    async def everything_is_done():
        done, written = await group.done()
        return readiness() and done == written

    await marketing.until(everything_is_done, "everything acknowledged")

    async def looked_at():
        return any("lag" in gauge.name for gauge, _, _ in marketing.engagement_readings())

    await marketing.until(looked_at, "a look at the log")
    shown = {
        (gauge.name, labels): value for gauge, labels, value in marketing.engagement_readings()
    }
    for number in range(4):
        labels = ("engagement", activity, str(number))
        assert shown["lead_router_partition_lag_records", labels] == 0
        assert shown["lead_router_partition_waiting_seconds", labels] == 0
    assert meters.steps.dead_letters.values["engagement", activity, "not_json"] == 4


async def test_a_defect_of_a_whole_batch_commits_nothing_and_is_told_until_it_is_over(
    marketing, group, monkeypatch
):
    def fails(*_):
        raise ArithmeticError

    await marketing.publish_policy()
    await marketing.act("L-1", "webinar", "a-1")
    with monkeypatch.context() as broken:
        broken.setattr(batch_module, "progress_row", fails)
        _, _, awaits = marketing.run_streams()

        async def is_told():
            return "a defect" in (why := awaits() or "") and "ArithmeticError" in why

        await marketing.until(is_told, "what has failed")
        assert (await group.done())[0] == 0
        assert await marketing.read(marketing.topics.engagement_table) == []

    async def is_mended():
        return awaits() is None and await marketing.engagement_of("L-1")

    await marketing.until(is_mended, "the points, once it works again")
