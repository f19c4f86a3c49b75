"""The outbox: everything goes into batches, in order, at the right partition."""

from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import TopicPartition

from router.kafka.client.clients import BATCH_BYTES_MAX
from router.kafka.client.murmur2 import murmur2
from router.kafka.runtime.write_buffer import Outbox
from router.kafka.topics.topic_metadata import TopicShape

SHAPES = {"keyed": TopicShape(5), "placed": TopicShape(3, batch_bytes_max=1_000)}


def records_of(batch):
    records = MemoryRecords(bytes(batch.builder._build()))
    found = []
    while records.has_next():
        found += [(record.key, record.value, record.headers) for record in records.next_batch()]
    return found


def test_an_empty_outbox_is_false_and_has_no_batches():
    outbox = Outbox(SHAPES)
    assert outbox.by_key("keyed") == outbox.at(TopicPartition("placed", 0)) == []
    assert not outbox
    assert list(outbox.batches()) == []


def test_keyed_records_lie_where_the_key_says_and_keep_their_order():
    outbox = Outbox(SHAPES)
    keys = [f"lead-{n}".encode() for n in range(200)]
    for round_number in (b"1", b"2"):
        for key in keys:
            outbox.by_key("keyed").append((key, round_number, []))
    found = {}
    for batch in outbox.batches():
        for key, value, _ in records_of(batch):
            assert batch.target == TopicPartition("keyed", (murmur2(key) & 0x7FFFFFFF) % 5)
            found.setdefault(key, []).append(value)
    assert found == {key: [b"1", b"2"] for key in keys}


def test_placed_records_keep_key_value_headers_and_tombstones():
    outbox = Outbox(SHAPES)
    target = TopicPartition("placed", 2)
    outbox.at(target).append((b"k", b"v", [("h", b"1"), ("n", None)]))
    outbox.at(target).append((b"k", None, []))
    outbox.at(target).append((None, b"", []))
    (batch,) = outbox.batches()
    assert batch.target == target
    assert records_of(batch) == [
        (b"k", b"v", [("h", b"1"), ("n", None)]),
        (b"k", None, []),
        (None, b"", []),
    ]


def test_a_partition_with_much_to_write_gets_several_batches_in_order():
    outbox = Outbox(SHAPES)
    values = [bytes([n]) * 250_000 for n in range(10)]
    for value in values:
        outbox.at(TopicPartition("keyed", 0)).append((b"k", value, []))
    batches = list(outbox.batches())
    assert len(batches) == 4
    assert [value for batch in batches for _, value, _ in records_of(batch)] == values
    assert all(len(batch.builder._build()) <= BATCH_BYTES_MAX for batch in batches)


def test_a_record_larger_than_a_batch_travels_alone():
    outbox = Outbox(SHAPES)
    for value in (b"a", b"x" * 2_000_000, b"b"):
        outbox.at(TopicPartition("keyed", 0)).append((b"k", value, []))
    assert [len(records_of(batch)) for batch in outbox.batches()] == [1, 1, 1]


def test_what_the_topic_would_refuse_does_not_fit():
    outbox = Outbox(SHAPES)
    assert outbox.fits("placed", b"k", b"x" * 800, [])
    assert not outbox.fits("placed", b"k", b"x" * 1_000, [])
    assert not outbox.fits("placed", b"k", b"x" * 800, [("h", b"x" * 200)])
    assert not outbox.fits("placed", b"x" * 1_000, None, [])
