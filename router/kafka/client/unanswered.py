"""Requests that a producer sent and the broker never answered: they may still arrive.

A proxy, a mesh or a loaded broker can hold a frame, lose its connection and deliver it later. The
producer has sent the request again by then and gone on. An EndTxn that comes late ends whichever
transaction is open in its epoch, and so commits half of a later one: see ADR 0020.
"""

from __future__ import annotations

from typing import Any

from aiokafka.client import AIOKafkaClient, ConnectionGroup
from aiokafka.errors import NodeNotReadyError
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.protocol.transaction import AddPartitionsToTxnRequest, EndTxnRequest

_WRITING = (ProduceRequest, AddPartitionsToTxnRequest, EndTxnRequest)


class UnansweredRequests:
    """Notices each writing request of one client that ends without the broker's answer."""

    def __init__(self, client: AIOKafkaClient) -> None:
        """From now on the client's requests pass through here."""
        self.count = 0
        self._send = client.send
        client.send = self._watched_send

    async def _watched_send(
        self, node_id: int, request: Any, *, group: int = ConnectionGroup.DEFAULT
    ) -> Any:
        try:
            return await self._send(node_id, request, group=group)
        except NodeNotReadyError:  # there was no connection to send it on
            raise
        except BaseException:
            if isinstance(request, _WRITING):
                self.count += 1
            raise
