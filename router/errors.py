"""Errors that a person can act on: one line, what was being done, what to do next."""

from __future__ import annotations


class LeadRouterError(Exception):
    """The environment or the input is not as it must be; the message says what to do.

    Commands print it as one line and exit with ``exit_code`` (1 fell short, 2 usage).
    """

    exit_code = 1


class UsageError(LeadRouterError):
    """The command was called in a way that cannot work."""

    exit_code = 2
