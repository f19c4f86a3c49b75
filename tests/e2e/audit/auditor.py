"""All checks, one after the other."""

from __future__ import annotations

from tests.e2e.audit.accounts import check_accounts
from tests.e2e.audit.caps import check_caps
from tests.e2e.audit.decided import check_decisions
from tests.e2e.audit.finding import Finding
from tests.e2e.audit.headers import check_headers
from tests.e2e.audit.history import History
from tests.e2e.audit.inputs import check_inputs
from tests.e2e.audit.ownership import check_ownership

CHECKS = (
    check_inputs,
    check_decisions,
    check_headers,
    check_ownership,
    check_caps,
    check_accounts,
)


def audit(history: History) -> list[Finding]:
    """Everything that is wrong with ``history``; nothing, if all is as it must be."""
    return [finding for check in CHECKS for finding in check(history)]
