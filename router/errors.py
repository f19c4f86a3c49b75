"""Errors that a person can act on: one line, what was being done, what to do next."""

from __future__ import annotations

import traceback
from pathlib import Path


class LeadRouterError(Exception):
    """The environment or the input is not as it must be; the message says what to do.

    Commands print it as one line and exit with ``exit_code`` (1 fell short, 2 usage).
    """

    exit_code = 1


class UsageError(LeadRouterError):
    """The command was called in a way that cannot work."""

    exit_code = 2


def whereabouts(error: BaseException) -> str:
    """The kind and the place of an error; its text may hold what a record holds."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"
