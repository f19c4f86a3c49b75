"""Keys must lie where Java clients look for them."""

import aiokafka.partitioner
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.kafka.client.murmur2 import murmur2, partitions_of

# From org.apache.kafka.common.utils.UtilsTest.testMurmur2.
JAVA_VECTORS = [
    (b"21", -973932308),
    (b"foobar", -790332482),
    (b"a-little-bit-long-string", -985981536),
    (b"a-little-bit-longer-string", -1486304829),
    (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
    (b"abc", 479470107),
]


@pytest.mark.parametrize(("key", "signed"), JAVA_VECTORS)
def test_it_is_the_hash_of_the_java_client(key, signed):
    assert murmur2(key) == signed & 0xFFFFFFFF


@given(st.binary(max_size=80))
def test_one_key_hashes_as_in_aiokafka(key):
    assert murmur2(key) == aiokafka.partitioner.murmur2(key)


@given(st.lists(st.binary(max_size=40), max_size=40), st.integers(1, 50))
def test_a_batch_of_keys_is_placed_as_each_alone(keys, partition_count):
    alone = [(aiokafka.partitioner.murmur2(key) & 0x7FFFFFFF) % partition_count for key in keys]
    assert partitions_of(keys, partition_count) == alone


@pytest.mark.parametrize("length", [0, 1, 2, 3, 4, 7, 36])
def test_many_keys_of_one_length_are_placed_as_each_alone(length):
    keys = [bytes((n * 7 + place) % 256 for place in range(length)) for n in range(1_500)]
    alone = [(aiokafka.partitioner.murmur2(key) & 0x7FFFFFFF) % 12 for key in keys]
    assert partitions_of(keys, 12) == alone
