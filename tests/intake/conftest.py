"""What the tests of intake share: a context, and records that are right until a test says not."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from router.intake import Admitted, IntakeContext, Rejected, admit, decode_event

NOW_MS = int(datetime(2026, 11, 23, 12, 0, tzinfo=UTC).timestamp() * 1000)

Admit = Callable[..., Admitted | Rejected]


@pytest.fixture(scope="session")
def now_ms() -> int:
    return NOW_MS


@pytest.fixture(scope="session")
def context() -> IntakeContext:
    return IntakeContext(frozenset({"main", "emea"}), "main", b"a key for tests")


@pytest.fixture(scope="session")
def take(context: IntakeContext) -> Admit:
    """admit() with everything but the value filled in; a dictionary becomes JSON."""

    def take(role: str, value: Any, *, key: bytes | None = None, headers: Any = ()) -> Any:
        raw = value if value is None or isinstance(value, bytes) else json.dumps(value).encode()
        return admit(role, None, key, raw, headers, NOW_MS, context)  # type: ignore[arg-type]

    return take


@pytest.fixture(scope="session")
def lead() -> Callable[..., dict[str, Any]]:
    """A lead event of the required fields and those given."""

    def lead(**fields: Any) -> dict[str, Any]:
        return {
            "event_id": "e-1",
            "event_type": "submitted",
            "lead_id": "l-1",
            "occurred_at": "2026-11-23T11:59:00Z",
        } | fields

    return lead


@pytest.fixture(scope="session")
def event_of(take: Admit) -> Callable[..., Any]:
    """The core's event that an admitted record becomes."""

    def event_of(role: str, value: Any, **more: Any) -> Any:
        admitted = take(role, value, **more)
        assert isinstance(admitted, Admitted), admitted
        return decode_event(admitted.value)

    return event_of
