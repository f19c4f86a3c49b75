"""Which of the requests that our clients send a broker understands."""

from __future__ import annotations

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


async def unsupported_requests(admin: AIOKafkaAdminClient) -> list[str]:
    """Names of needed requests of which broker and client have no version in common."""
    answer = await admin._send_request(ApiVersionRequest())  # noqa: SLF001 - no public call asks
    spoken = {key: (lowest, highest) for key, lowest, highest in answer.api_versions}
    return [
        request.__name__.removesuffix("Request")
        for request in _NEEDED
        if not _common_version(request, spoken.get(request.API_KEY, (0, -1)))
    ]


def _common_version(request: type[Request], spoken: tuple[int, int]) -> bool:
    lowest, highest = spoken
    ours = [struct.API_VERSION for struct in request._CLASSES]  # noqa: SLF001 - nothing public
    return any(lowest <= version <= highest for version in ours)
