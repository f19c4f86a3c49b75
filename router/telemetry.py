"""Logging: structured, ids only, and silent in normal operation.

Every value that goes out is looked at once more: what looks like an e-mail address or a phone
number is masked, and names under which personal data travels are never printed. It is the last
line of defence; no caller may rely on it.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog

_MASK = "[redacted]"

_PERSONAL = frozenset(
    {
        "address",
        "body",
        "email",
        "first_name",
        "full_name",
        "headers",
        "key",
        "last_name",
        "message",
        "name",
        "password",
        "payload",
        "phone",
        "token",
        "value",
    }
)

_EMAIL = re.compile(r"[^\s@'\"<>,;=]+@[^\s@'\"<>,;=]+\.[^\s@'\"<>,;=]+")
_PHONE = re.compile(r"(?<![\w.:-])\+?\d[\d ()/-]{7,}\d(?![\w.:-])")

_EXPECTED_RETRIES = ("CONCURRENT_TRANSACTIONS", "ConcurrentTransactions")
"""Kafka 4 refuses the first produce after a commit while it verifies the new transaction."""


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of a module; events are dotted, ``noun.verb``, with ids as fields."""
    bound: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return bound


def set_up_logging(
    *, form: Literal["console", "json"], level: Literal["debug", "info", "warning", "error"]
) -> None:
    """Send our events and those of libraries to standard error, in one form, redacted."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                redact,
                _renderer(form),
            ],
        )
    )
    handler.addFilter(is_worth_telling)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for library in ("aiokafka", "asyncio", "faust", "kafka"):
        logging.getLogger(library).setLevel(logging.WARNING if level != "debug" else "DEBUG")


def _renderer(form: Literal["console", "json"]) -> structlog.typing.Processor:
    if form == "json":
        return structlog.processors.JSONRenderer()
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())


def is_worth_telling(record: logging.LogRecord) -> bool:
    """Whether a log record says anything: aiokafka warns of retries that are to be expected."""
    if not record.name.startswith("aiokafka.producer"):
        return True
    text = record.getMessage()
    return not ("retrying" in text and any(name in text for name in _EXPECTED_RETRIES))


def redact(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Mask personal data in the fields of an event."""
    for field, value in event.items():
        if field in _PERSONAL:
            event[field] = _MASK
        elif isinstance(value, str) and field != "timestamp":
            event[field] = masked(value)
    return event


def masked(text: str) -> str:
    """``text`` without what looks like an e-mail address or a phone number."""
    return _PHONE.sub(_MASK, _EMAIL.sub(_MASK, text))
