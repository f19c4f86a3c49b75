"""Records that brokers take and that stop careless consumers for ever."""

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.util import calc_crc32c

from tests.e2e.bad_input.company import encoded, lead
from tests.e2e.bad_input.program import RunningRouter, environment
from tests.e2e.bad_input.topics import Board, Sent, headers_of

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(120)]

GZIP = 1
NAME, BAD_NAME = b"a-name", b"a-\xffm\xfc\xfe"


class BadNames(BatchBuilder):
    """A batch in which a header name is no UTF-8, as clients in other languages can write it."""

    def _build(self):
        plain = bytes(super()._build()).replace(NAME, BAD_NAME)
        return plain[:17] + calc_crc32c(plain[21:]).to_bytes(4, "big") + plain[21:]


async def test_records_that_stop_careless_consumers_stop_nothing(topics_ready, tmp_path):
    board = Board(topics_ready)
    topic, huge = board.names.leads, b"x" * 20_000_000
    many = tuple(("a", b"") for _ in range(500_000))
    async with RunningRouter(environment(topics_ready), tmp_path) as router:
        board.router = router
        await router.ready()
        await board.send([Sent(topic, None, encoded(lead("lead-0")))])
        await send_bad_names(board, topics_ready, [("lead-1", b"1"), ("lead-2", b"2")])
        await send_gzip(topics_ready, topic, [encoded(lead("lead-3")), huge])
        await board.send([Sent(topic, None, b"x" * 4_100_000, (), n % 4) for n in range(8)])
        await board.send([Sent(topic, None, b"junk", many)])
        await send_compressed(topics_ready, topic, ["lead-4", "lead-5", "lead-6"])
        await board.send([Sent(topic, None, encoded(lead("lead-7")))])
        assigned = await board.assignments(8)
        dead = await board.read_count(board.names.dead_letters, 11)
        assert await router.stop() == 0
    assert sorted(each["lead_id"] for each in assigned) == [f"lead-{n}" for n in range(8)]
    by_size = sorted(dead, key=lambda record: len(record.value))
    assert [len(record.value) for record in by_size] == [4, 4, *[4_100_000] * 8, 20_000_000]
    assert by_size[-1].value == huge
    sizes = {len(record.headers): record for record in by_size[:2]}
    assert sizes[len(many) + 7].headers[-1] == ("original.a", b"")
    assert headers_of(sizes[8])["original.a-\\xffm\\xfc\\xfe"] == b"3"


async def send_bad_names(board, settings, leads):
    """One batch of good leads and of junk, each with a header whose name is no text."""
    batch = BadNames(500_000, 0)
    values = [(encoded(lead(lead_id)), number) for lead_id, number in leads] + [(b"junk", b"3")]
    for value, number in values:
        header = [(NAME.decode(), number)]
        batch.append(timestamp=None, key=None, value=value, headers=header)
    await send_batch(settings, board.names.leads, batch)


async def send_gzip(settings, topic, values):
    for value in values:
        batch = BatchBuilder(500_000, GZIP)
        batch.append(timestamp=None, key=None, value=value)
        await send_batch(settings, topic, batch)


async def send_compressed(settings, topic, lead_ids):
    servers = settings.kafka.bootstrap_servers
    for lead_id, codec in zip(lead_ids, ("snappy", "lz4", "zstd"), strict=True):
        value = encoded(lead(lead_id, custom={f"field_{n}": "x" * 90 for n in range(40)}))
        async with AIOKafkaProducer(bootstrap_servers=servers, compression_type=codec) as producer:
            await producer.send_and_wait(topic, value)


async def send_batch(settings, topic, batch):
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka.bootstrap_servers) as producer:
        await (await producer.send_batch(batch, topic, partition=0))
