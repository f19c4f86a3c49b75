"""A role is a folder and a line in the registry; everything else follows."""

from __future__ import annotations

from pathlib import Path

import pytest

from router.errors import UsageError
from router.roles.registry import ROLES, parse_roles
from router.roles.rights.roles import CHECKED_ROLES, rights_of
from router.settings import Settings

FOLDERS = Path(__file__).parents[2] / "router" / "roles"


def test_every_folder_with_a_role_is_registered():
    assert set(ROLES) == {path.parent.name for path in FOLDERS.glob("*/role.py")}


def test_a_role_is_checked_by_doctor_with_the_rights_that_it_names():
    for name, role in ROLES.items():
        assert name in CHECKED_ROLES
        assert rights_of(Settings(), name) == role.rights(Settings())


def test_roles_run_in_the_order_of_the_registry():
    assert parse_roles(None) == list(ROLES)
    assert parse_roles("streams, intake") == ["intake", "streams"]


def test_a_role_that_is_not_there_is_named():
    with pytest.raises(
        UsageError, match="no such role: rout; there are: intake, route, streams, delivery, gateway"
    ):
        parse_roles("intake,rout")
