"""Which form of the decision core runs here: compiled, or the plain sources (docs/adr/0006)."""

from __future__ import annotations

from importlib.machinery import EXTENSION_SUFFIXES
from typing import Literal

from router.core import shard

CoreForm = Literal["compiled", "plain"]


def core_form() -> CoreForm:
    """``compiled`` if the core that was imported is an extension module."""
    return "compiled" if str(shard.__file__).endswith(tuple(EXTENSION_SUFFIXES)) else "plain"
