"""The secured broker, and a deployment on it whose every role has a user with its least rights."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from pydantic import SecretStr

from router.kafka.topics.topic_admin import TopicAdmin
from router.roles.rights.acl_lines import acl_lines
from router.roles.rights.roles import rights_of
from router.settings import (
    BoardSettings,
    KafkaSettings,
    Settings,
    StreamsSettings,
    TopicSettings,
)
from tests.roles.rights.acls import RightsGiver, acls_of
from tests.roles.rights.broker import SecuredBroker, mechanism_of, open_secured_broker, password_of
from tests.roles.rights.running import RunningRole


@pytest.fixture(scope="package")
def secured() -> Iterator[SecuredBroker]:
    """One broker for all tests of this folder."""
    with open_secured_broker() as broker:
        yield broker


@pytest.fixture
async def giver(secured: SecuredBroker) -> AsyncIterator[RightsGiver]:
    """Gives and takes rights; all that were given are taken after the test."""
    admin = AIOKafkaAdminClient(bootstrap_servers=secured.super_door)
    await admin.start()
    giver = RightsGiver(admin)
    try:
        yield giver
        await giver.take_everything()
    finally:
        await admin.close()


class SecuredDeployment:
    """One prefix on the secured broker."""

    def __init__(self, secured: SecuredBroker, giver: RightsGiver, prefix: str) -> None:
        self._secured = secured
        self._giver = giver
        self.topics = TopicSettings(
            prefix=prefix, partitions=2, inbox_partitions=1, raw_sources=["hubspot"]
        )

    @property
    def as_anybody(self) -> Settings:
        """Settings of the super user."""
        return Settings(
            kafka=KafkaSettings(bootstrap_servers=self._secured.super_door), topics=self.topics
        )

    def as_user(self, user: str, **kafka: object) -> Settings:
        """Settings of a user who has a password."""
        return Settings(
            kafka=KafkaSettings(
                **{
                    "bootstrap_servers": self._secured.sasl_door,
                    "security_protocol": "SASL_PLAINTEXT",
                    "sasl_mechanism": mechanism_of(user),
                    "sasl_username": user,
                    "sasl_password": SecretStr(password_of(user)),
                    "session_timeout_ms": 6_000,
                    **kafka,
                }
            ),
            topics=self.topics,
            streams=StreamsSettings(store="memory"),
            board=BoardSettings(port=0),
        )

    def acls(self, role):
        """What the documented lines give, each right by itself and in the rights' order."""
        return {
            right: acls_of(line)
            for right in rights_of(self.as_anybody, role)
            for line in acl_lines(role, [right])
        }

    async def give(self, *roles: str) -> None:
        """Give each role's user exactly what the documented lines give."""
        for role in roles:
            lines = acl_lines(role, rights_of(self.as_anybody, role))
            await self._giver.give(acl for line in lines for acl in acls_of(line))


@pytest.fixture
async def secured_deployment(
    secured: SecuredBroker, giver: RightsGiver, topic_prefix: str
) -> SecuredDeployment:
    """Topics made by the super user; nobody else has any right yet."""
    deployment = SecuredDeployment(secured, giver, topic_prefix)
    async with TopicAdmin.connected(deployment.as_anybody) as admin:
        await admin.apply()
    return deployment


@pytest.fixture
async def new_role(secured_deployment: SecuredDeployment):
    """Starts a role as its own user, with whatever rights that has; stopped after the test."""
    started: list[RunningRole] = []

    def start(name: str) -> RunningRole:
        role = RunningRole(name, secured_deployment.as_user(name))
        started.append(role)
        return role

    yield start
    running = [role for role in started if not role.task.done()]
    await asyncio.gather(*(role.stop() for role in running))


@pytest.fixture
async def start_roles(secured_deployment: SecuredDeployment, new_role):
    """Starts roles with their least rights, and waits until all are ready."""

    async def start(*names: str) -> list[RunningRole]:
        await secured_deployment.give(*names)
        roles = [new_role(name) for name in names]
        await asyncio.gather(*(role.until_ready() for role in roles))
        return roles

    return start
