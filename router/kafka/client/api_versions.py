"""Which of the requests that our clients send a broker understands, and how new it is."""

from __future__ import annotations

from collections.abc import Mapping

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import (
    AlterConfigsRequest,
    ApiVersionRequest,
    CreateTopicsRequest,
    DescribeConfigsRequest,
)
from aiokafka.protocol.api import Request
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.group import JoinGroupRequest
from aiokafka.protocol.offset import OffsetRequest
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.protocol.transaction import (
    AddOffsetsToTxnRequest,
    AddPartitionsToTxnRequest,
    EndTxnRequest,
    InitProducerIdRequest,
    TxnOffsetCommitRequest,
)

_NEEDED: tuple[type[Request], ...] = (
    ProduceRequest,
    FetchRequest,
    OffsetRequest,
    JoinGroupRequest,
    CreateTopicsRequest,
    DescribeConfigsRequest,
    AlterConfigsRequest,
    InitProducerIdRequest,
    AddPartitionsToTxnRequest,
    AddOffsetsToTxnRequest,
    EndTxnRequest,
    TxnOffsetCommitRequest,
)


_DESCRIBE_LOG_DIRS, _OF_4_3 = 35, 5
"""A request, and its version that is new in Kafka 4.3: 4 up to 4.2.2, 5 in 4.3.1 and 4.4.0."""

Versions = Mapping[int, tuple[int, int]]
"""Lowest and highest version that a broker speaks, by the request's key."""


async def spoken_versions(admin: AIOKafkaAdminClient) -> Versions:
    """Return what the broker says that it speaks."""
    answer = await admin._send_request(ApiVersionRequest())  # noqa: SLF001 - no public call asks
    return {key: (lowest, highest) for key, lowest, highest in answer.api_versions}


def unsupported_requests(spoken: Versions) -> list[str]:
    """Names of needed requests of which broker and client have no version in common."""
    return [
        request.__name__.removesuffix("Request")
        for request in _NEEDED
        if not _common_version(request, spoken.get(request.API_KEY, (0, -1)))
    ]


def may_lose_ends(spoken: Versions) -> bool:
    """Whether the broker is of Kafka 4.3 or later, where ends of transactions may get lost.

    ADR 0027; a release in which that is mended is not known yet.
    """
    return spoken.get(_DESCRIBE_LOG_DIRS, (0, -1))[1] >= _OF_4_3


def _common_version(request: type[Request], spoken: tuple[int, int]) -> bool:
    lowest, highest = spoken
    ours = [struct.API_VERSION for struct in request._CLASSES]  # noqa: SLF001 - nothing public
    return any(lowest <= version <= highest for version in ours)
