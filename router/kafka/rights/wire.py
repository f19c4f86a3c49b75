"""The metadata request that tells what a user may do with topics; aiokafka stops before it.

Version 8 is the first to tell rights of topics and the last in the old encoding (Kafka 2.3 to 4.x).
"""

from __future__ import annotations

from collections.abc import Sequence

from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Int16, Int32, Schema, String

_TEXT = String("utf-8")
_METADATA_KEY = 3
_VERSION = 8


class TopicRightsResponse(Response):  # type: ignore[misc]  # aiokafka is not typed
    """Topics with a bit for each operation that is allowed."""

    API_KEY = _METADATA_KEY
    API_VERSION = _VERSION
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("brokers", Array(("node", Int32), ("host", _TEXT), ("port", Int32), ("rack", _TEXT))),
        ("cluster_id", _TEXT),
        ("controller_id", Int32),
        (
            "topics",
            Array(
                ("error_code", Int16),
                ("topic", _TEXT),
                ("is_internal", Boolean),
                (
                    "partitions",
                    Array(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", Array(Int32)),
                        ("isr", Array(Int32)),
                        ("offline_replicas", Array(Int32)),
                    ),
                ),
                ("allowed", Int32),
            ),
        ),
        ("allowed_on_cluster", Int32),
    )


class TopicRightsStruct(RequestStruct):  # type: ignore[misc]
    """Version 8 of Kafka's metadata request."""

    API_KEY = _METADATA_KEY
    API_VERSION = _VERSION
    RESPONSE_TYPE = TopicRightsResponse
    SCHEMA = Schema(
        ("topics", Array(_TEXT)),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_authorized_operations", Boolean),
        ("include_topic_authorized_operations", Boolean),
    )


class TopicRightsRequest(Request[TopicRightsStruct]):  # type: ignore[misc]
    """Asks what this client's user may do with ``topics``."""

    API_KEY = _METADATA_KEY

    def __init__(self, topics: Sequence[str]) -> None:
        """Full names."""
        self._topics = list(topics)

    def build(self, request_struct_class: type[TopicRightsStruct]) -> TopicRightsStruct:
        """The request as it is sent."""
        return request_struct_class(self._topics, False, False, True)
