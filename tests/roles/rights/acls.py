"""Rights given and taken on a broker, as ``kafka-acls.sh`` would, without a Java for each.

That :func:`acls_of` reads a line as that program does was compared on Kafka 4.1.1, for all roles.
"""

from __future__ import annotations

import asyncio
import shlex
import time
from collections.abc import Iterable
from typing import Any, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Int8, Int16, Int32, Schema, String

_TEXT = String("utf-8")
_TOPIC, _GROUP, _TRANSACTIONAL_ID = 2, 3, 5
_ANY, _LITERAL, _PREFIXED, _ALLOW = 1, 3, 4, 3
_RESOURCES = {
    "--topic": _TOPIC,
    "--group": _GROUP,
    "--transactional-id": _TRANSACTIONAL_ID,
}
_OPERATIONS = {
    "Read": 3,
    "Write": 4,
    "Create": 5,
    "Delete": 6,
    "Describe": 8,
    "DescribeConfigs": 10,
}
_VISIBLE_TIMEOUT_S = 10.0


class Acl(NamedTuple):
    """A right of one user, in the broker's numbers."""

    resource: int
    name: str | None
    pattern: int
    principal: str | None
    host: str | None
    operation: int
    permission: int


_ACL = (
    ("resource", Int8),
    ("name", _TEXT),
    ("pattern", Int8),
    ("principal", _TEXT),
    ("host", _TEXT),
    ("operation", Int8),
    ("permission", Int8),
)
_RESULT = (("error_code", Int16), ("error_message", _TEXT))


class _CreateResponse(Response):
    API_KEY, API_VERSION = 30, 1
    SCHEMA = Schema(("throttle_time_ms", Int32), ("results", Array(*_RESULT)))


class _CreateStruct(RequestStruct):
    API_KEY, API_VERSION, RESPONSE_TYPE = 30, 1, _CreateResponse
    SCHEMA = Schema(("acls", Array(*_ACL)))


class _DeleteResponse(Response):
    API_KEY, API_VERSION = 31, 1
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("results", Array(*_RESULT, ("deleted", Array(*_RESULT, *_ACL)))),
    )


class _DeleteStruct(RequestStruct):
    API_KEY, API_VERSION, RESPONSE_TYPE = 31, 1, _DeleteResponse
    SCHEMA = Schema(("acls", Array(*_ACL)))


class _DescribeResponse(Response):
    API_KEY, API_VERSION = 29, 1
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        *_RESULT,
        ("resources", Array(*_ACL[:3], ("acls", Array(*_ACL[3:])))),
    )


class _DescribeStruct(RequestStruct):
    API_KEY, API_VERSION, RESPONSE_TYPE = 29, 1, _DescribeResponse
    SCHEMA = Schema(*_ACL)


class _Create(Request[_CreateStruct]):
    API_KEY = 30

    def __init__(self, acls):
        self._acls = list(acls)

    def build(self, struct):
        return struct(self._acls)


class _Delete(Request[_DeleteStruct]):
    API_KEY = 31

    def __init__(self, acls):
        self._acls = list(acls)

    def build(self, struct):
        return struct(self._acls)


class _Describe(Request[_DescribeStruct]):
    API_KEY = 29

    def __init__(self, acl):
        self._acl = acl

    def build(self, struct):
        return struct(*self._acl)


def acls_of(line: str) -> list[Acl]:
    """What the arguments of one call of ``kafka-acls.sh --add`` give."""
    words = iter(shlex.split(line))
    principal, pattern = "", _LITERAL
    operations, resources = [], []
    for word in words:
        if word == "--add":
            continue
        value = next(words)
        if word == "--allow-principal":
            principal = value
        elif word == "--operation":
            operations.append(_OPERATIONS[value])
        elif word == "--resource-pattern-type":
            pattern = {"prefixed": _PREFIXED}[value]
        else:
            resources.append((_RESOURCES[word], value))
    return [
        Acl(resource, name, pattern, principal, "*", operation, _ALLOW)
        for resource, name in resources
        for operation in operations
    ]


class RightsGiver:
    """Gives and takes rights as the super user."""

    def __init__(self, admin: AIOKafkaAdminClient) -> None:
        self._admin = admin

    async def give(self, acls: Iterable[Acl]) -> None:
        """Give all of them; returns when the broker acts by them."""
        wanted = list(acls)
        answer = await self._ask(_Create(wanted))
        assert not [each for each in answer.results if each[0]]
        await self._wait(lambda held: held.issuperset(wanted))

    async def take(self, acls: Iterable[Acl]) -> None:
        """Take them away again; returns when the broker acts by that."""
        unwanted = list(acls)
        answer = await self._ask(_Delete(unwanted))
        assert not [each for each in answer.results if each[0]]
        await self._wait(lambda held: held.isdisjoint(unwanted))

    async def take_everything(self) -> None:
        """Leave nobody any right."""
        await self._ask(_Delete([Acl(_ANY, None, _ANY, None, None, _ANY, _ANY)]))
        await self._wait(lambda held: not held)

    async def delete_topics(self, *topics: str) -> None:
        """Delete topics, as the super user."""
        await self._admin.delete_topics(list(topics))

    async def held(self) -> set[Acl]:
        """Every right that anybody has."""
        answer = await self._ask(_Describe(Acl(_ANY, None, _ANY, None, None, _ANY, _ANY)))
        return {
            Acl(resource, name, pattern, *of_one)
            for resource, name, pattern, acls in answer.resources
            for of_one in acls
        }

    async def _ask(self, request: Any) -> Any:
        return await self._admin._send_to_controller(request)

    async def _wait(self, done) -> None:
        deadline_s = time.monotonic() + _VISIBLE_TIMEOUT_S
        while not done(await self.held()):
            assert time.monotonic() < deadline_s, "the broker does not take the change of rights"
            await asyncio.sleep(0.05)
