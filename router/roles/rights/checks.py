"""The rights of a role, checked one by one with the role's own user; nothing is written."""

from __future__ import annotations

from aiokafka.errors import KafkaError

from router.kafka.client.clients import Clients
from router.kafka.queries.broker_probe import Check, reach_broker
from router.kafka.rights.denied import user_of
from router.kafka.rights.probe import RightsProbe, Standing
from router.kafka.rights.right import Right
from router.roles.rights.acl_lines import PROGRAM, acl_lines
from router.roles.rights.roles import rights_of
from router.settings import Settings


async def check_rights(settings: Settings, role: str) -> list[Check]:
    """Return a check of the connection, and one of each right that ``role`` needs."""
    checks = await reach_broker(settings)
    if not all(check.ok for check in checks):
        return checks
    probe = RightsProbe(Clients(settings.kafka, client_id="lead-router-doctor"))
    try:
        found = await probe.look(rights_of(settings, role))
    except KafkaError as error:
        failed = Check("rights", ok=False, found=str(error), next_step="see the broker's log")
        return [*checks, failed]
    finally:
        await probe.stop()
    return [*checks, *(_check(settings, right, standing) for right, standing in found.items())]


def _check(settings: Settings, right: Right, standing: Standing) -> Check:
    user = user_of(settings.kafka)
    match standing:
        case Standing.GIVEN:
            return Check(str(right), ok=True, found=f"{user} has it")
        case Standing.NO_TOPIC:
            return Check(
                str(right),
                ok=False,
                found="the topic does not exist",
                next_step="`lead-router topics apply`, by a user who may create topics",
            )
        case Standing.DENIED:
            [line] = acl_lines(settings.kafka.sasl_username or "…", [right])
            return Check(
                str(right), ok=False, found=f"{user} lacks it", next_step=f"{PROGRAM} {line}"
            )
