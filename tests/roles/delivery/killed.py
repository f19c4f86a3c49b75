"""A process that delivers until it is killed: ``python -m tests.roles.delivery.killed``."""

from __future__ import annotations

import asyncio

from router.roles.service import run_roles
from router.settings import Settings

if __name__ == "__main__":
    asyncio.run(run_roles(Settings(), ["delivery"], stop=asyncio.Event()))
