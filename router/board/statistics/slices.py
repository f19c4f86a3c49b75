"""Long work in slices: whoever goes through them lets others have their turn between two.

Pure code may not wait, so it yields; :mod:`router.web.cooperative` waits.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

Result = TypeVar("Result")
Slices = Generator[None, None, Result]
"""Yields after each slice, of a few milliseconds at most, and returns what it came to."""
