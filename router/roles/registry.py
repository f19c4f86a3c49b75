"""All roles of the program: `run --roles`, `doctor --role` and rights follow from here."""

from __future__ import annotations

from router.errors import UsageError
from router.roles.delivery.role import DeliveryRole
from router.roles.gateway.role import GatewayRole
from router.roles.intake.role import IntakeRole
from router.roles.role import Role
from router.roles.route.role import RouteRole
from router.roles.streams.role import StreamsRole

_ALL: tuple[Role, ...] = (
    IntakeRole(),
    RouteRole(),
    StreamsRole(),
    DeliveryRole(),
    GatewayRole(),
)

ROLES: dict[str, Role] = {role.name: role for role in _ALL}


def parse_roles(text: str | None) -> list[str]:
    """Return the names in ``text``, separated by commas; all roles without.

    Raises:
        UsageError: there is no such role.
    """
    if text is None:
        return list(ROLES)
    wanted = [name.strip() for name in text.split(",")]
    unknown = [name for name in wanted if name not in ROLES]
    if unknown:
        raise UsageError(f"no such role: {', '.join(unknown)}; there are: {', '.join(ROLES)}")
    return [name for name in ROLES if name in wanted]
