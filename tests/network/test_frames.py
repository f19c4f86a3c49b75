"""Frames are read as aiokafka writes them."""

from __future__ import annotations

import pytest
from aiokafka.protocol.metadata import MetadataRequest_v5
from aiokafka.protocol.produce import ProduceRequest_v3, ProduceRequest_v7, ProduceResponse_v7
from aiokafka.protocol.transaction import (
    AddPartitionsToTxnRequest_v0,
    AddPartitionsToTxnResponse_v0,
    EndTxnRequest_v0,
    EndTxnResponse_v0,
    InitProducerIdRequest_v0,
    InitProducerIdResponse_v0,
)

from tests.network.frames import Api, correlation_id_of, errors_in, read_request

RECORDS = b"records, as many bytes as they are"


def frame_of(request, correlation_id=7):
    header = request.build_request_header(correlation_id=correlation_id, client_id="router")
    return header.encode() + request.encode()


@pytest.mark.parametrize("version", [ProduceRequest_v3, ProduceRequest_v7])
def test_a_produce_request_names_its_transaction_and_its_topics(version):
    topics = [("inbox", [(0, RECORDS), (3, RECORDS)]), ("positions", [(1, RECORDS)])]
    request = read_request(frame_of(version("route-0", -1, 1_000, topics)))
    assert request.api_key == Api.PRODUCE
    assert (request.correlation_id, request.client_id) == (7, "router")
    assert (request.transactional_id, request.topics) == ("route-0", ("inbox", "positions"))
    assert request.is_write
    assert request.is_answered


def test_a_produce_request_without_acknowledgement_or_transaction_is_told_apart():
    request = read_request(frame_of(ProduceRequest_v7(None, 0, 1_000, [])))
    assert request.transactional_id is None
    assert not request.is_answered


@pytest.mark.parametrize(
    ("sent", "api", "topics"),
    [
        (InitProducerIdRequest_v0("route-0", 1_000), Api.INIT_PRODUCER_ID, ()),
        (EndTxnRequest_v0("route-0", 5, 1, True), Api.END_TXN, ()),
        (
            AddPartitionsToTxnRequest_v0("route-0", 5, 1, [("inbox", [0, 3]), ("state", [1])]),
            Api.ADD_PARTITIONS,
            ("inbox", "state"),
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Api) else "",
)
def test_a_transactional_request_names_its_transaction(sent, api, topics):
    request = read_request(frame_of(sent))
    assert (request.api_key, request.transactional_id) == (api, "route-0")
    assert request.topics == topics


def test_of_other_requests_only_the_header_is_read():
    request = read_request(frame_of(MetadataRequest_v5(["inbox"], False)))
    assert not request.is_write
    assert request.transactional_id is None


@pytest.mark.parametrize(
    ("sent", "answer", "errors"),
    [
        (EndTxnRequest_v0("route-0", 5, 1, True), EndTxnResponse_v0(0, 0), ()),
        (
            EndTxnRequest_v0("route-0", 5, 1, True),
            EndTxnResponse_v0(0, 47),
            ("InvalidProducerEpoch",),
        ),
        (
            InitProducerIdRequest_v0("route-0", 1_000),
            InitProducerIdResponse_v0(0, 51, -1, -1),
            ("ConcurrentTransactions",),
        ),
        (
            AddPartitionsToTxnRequest_v0("route-0", 5, 1, [("inbox", [0, 3])]),
            AddPartitionsToTxnResponse_v0(0, [("inbox", [(0, 0), (3, 48)])]),
            ("InvalidTxnState",),
        ),
        (
            ProduceRequest_v7("route-0", -1, 1_000, [("inbox", [(0, RECORDS), (1, RECORDS)])]),
            ProduceResponse_v7([("inbox", [(0, 45, -1, -1, 0), (1, 47, -1, -1, 0)])], 0),
            ("InvalidProducerEpoch", "OutOfOrderSequenceNumber"),
        ),
    ],
)
def test_the_answers_errors_are_those_of_all_its_partitions(sent, answer, errors):
    frame = (7).to_bytes(4, "big") + answer.encode()
    assert correlation_id_of(frame) == 7
    assert errors_in(read_request(frame_of(sent)), frame) == errors
