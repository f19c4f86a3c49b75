"""One dead letter with what is in it, and sending it again."""

from __future__ import annotations

import base64
import re
from typing import Any

from aiokafka.errors import KafkaError

from router.errors import LeadRouterError
from router.kafka.client.clients import Clients
from router.kafka.queries.dead_letter_reader import Letter, read_letter, redrive
from router.telemetry import logger

log = logger(__name__)

_ID = re.compile(r"([0-9]{1,6})-([0-9]{1,18})", re.ASCII)


class LetterBox:
    """Reads letters from their topic when somebody asks; each time it is logged, by id."""

    def __init__(self, clients: Clients, topic: str) -> None:
        """``topic`` is that of the dead letters."""
        self._clients = clients
        self._topic = topic

    async def open(self, letter_id: str) -> Letter | None:
        """The letter, or None when there is none of this id.

        Raises:
            LeadRouterError: the broker cannot be asked.
        """
        matched = _ID.fullmatch(letter_id)
        if matched is None:
            return None
        try:
            return await read_letter(self._clients, self._topic, *map(int, matched.groups()))
        except KafkaError as error:
            raise LeadRouterError(_AWAY) from error

    async def redrive(self, letter: Letter) -> str:
        """Send it to its topic again; returns the topic.

        Raises:
            LeadRouterError: it cannot be sent.
        """
        try:
            await redrive(self._clients, [letter])
        except KafkaError as error:
            raise LeadRouterError(_AWAY) from error
        log.info("dead_letter.redriven", letter=letter.place, topic=letter.said["topic"])
        return letter.said["topic"]


_AWAY = "the broker does not answer: try again when it is back"


def contents(letter: Letter) -> dict[str, Any]:
    """Key, value and headers as they were: text, or base64 where they are not text."""
    log.info("dead_letter.shown", letter=letter.place)
    key, key_encoding = _shown(letter.record.key)
    value, encoding = _shown(letter.record.value)
    return {
        "key": key,
        "key_encoding": key_encoding,
        "value": value,
        "encoding": encoding,
        "headers": {name: _shown(text)[0] for name, text in letter.original_headers},
    }


def _shown(raw: bytes | None) -> tuple[str | None, str | None]:
    if raw is None:
        return None, None
    try:
        return raw.decode(), "text"
    except UnicodeDecodeError:
        return base64.b64encode(raw).decode(), "base64"
