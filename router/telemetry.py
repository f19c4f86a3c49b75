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

_EMAIL = re.compile(r"[^\s@'\"<>,;=]*@[^\s@'\"<>,;=]+\.[^\s@'\"<>,;=]+")
_PHONE = re.compile(r"(?<![\w.:-])\+?\d[\d ()/-]{7,}\d(?![\w.:-])")

_EXPECTED_RETRIES = ("CONCURRENT_TRANSACTIONS", "ConcurrentTransactions")
"""Kafka 4 refuses the first produce after a commit while it verifies the new transaction."""

_TOLD_BY_US = ("AuthorizationFailed", "authorized")
"""Which right is missing is said once, by name, when it is taken; aiokafka repeats that one is."""

_SAME_AGAIN_S = 10.0


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
    handler.addFilter(LibraryNoise())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for library in ("aiohttp", "aiokafka", "asyncio", "faust", "kafka", "mode", "pycountry"):
        # Never their debug: aiokafka's shows whole requests, with records and passwords in them;
        # aiohttp's the header that it could not read.
        logging.getLogger(library).setLevel("WARNING" if level != "debug" else "INFO")


def _renderer(form: Literal["console", "json"]) -> structlog.typing.Processor:
    if form == "json":
        return structlog.processors.JSONRenderer()
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())


class LibraryNoise(logging.Filter):
    """Holds back what aiokafka repeats: expected retries always, the rest for a while.

    With a broker away it logs every attempt to reach it, dozens a second from each client. Of
    Faust's errors the traceback is held back: whoever runs it says in one line why it ended, and
    an exception may quote what it choked on. So are the futures that aiokafka keeps beside those
    that it hands out: what the broker refused is told by who waited for the latter.
    """

    def __init__(self) -> None:
        """Nothing has been told yet."""
        super().__init__()
        self._told_at_s: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether ``record`` says anything new."""
        if record.name.startswith(("faust", "mode")):
            record.exc_info = record.exc_text = None
        if record.name == "asyncio" and _is_of_aiokafka(record):
            return False
        if not record.name.startswith("aiokafka"):
            return True
        text = record.getMessage()
        if "retrying" in text and any(name in text for name in _EXPECTED_RETRIES):
            return False
        if any(name in text for name in _TOLD_BY_US):
            return False
        said = (record.name, str(record.msg))
        if record.created - self._told_at_s.get(said, 0.0) < _SAME_AGAIN_S:
            return False
        self._told_at_s[said] = record.created
        return True


def _is_of_aiokafka(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    return error is not None and type(error).__module__.startswith("aiokafka.")


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
