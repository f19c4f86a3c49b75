"""A lead's story from the board, when one runs here that follows the same topics.

The board has the last day at hand and answers at once; reading the topics takes seconds. It is
asked for no more than that: whatever stands in the way, the topics are read instead.
"""

from __future__ import annotations

import contextlib
from http.client import HTTPConnection, HTTPException
from typing import Any, NamedTuple
from urllib.parse import quote

from router.core.explain.explain import People
from router.core.handlers.ignored_feedback import IgnoredReport
from router.core.model.assignment import Assignment
from router.kafka.topics.codecs import decode
from router.settings import Settings

_CONNECT_WITHIN_S = 0.5
_ANSWER_WITHIN_S = 5.0
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound
_OK = 200


class Told(NamedTuple):
    """A lead's decisions, oldest first, who the reps in them are, and its last report in vain."""

    decisions: list[Assignment]
    people: People
    ignored: IgnoredReport | None = None


def ask_board(settings: Settings, lead_id: str) -> Told | None:
    """What was decided about a lead until now; None when the topics must be read."""
    if not settings.board.enabled or not settings.board.port:
        return None
    host = _ANYWHERE.get(settings.board.host, settings.board.host)
    connection = HTTPConnection(host, settings.board.port, timeout=_CONNECT_WITHIN_S)
    with contextlib.suppress(OSError, HTTPException, ValueError, KeyError, TypeError):
        try:
            return _ask(connection, settings, lead_id)
        finally:
            connection.close()
    return None


def _ask(connection: HTTPConnection, settings: Settings, lead_id: str) -> Told | None:
    state = _get(connection, settings, "/api/state")
    if state is None or not _is_ours(state, settings):
        return None
    if connection.sock is not None:
        connection.sock.settimeout(_ANSWER_WITHIN_S)
    path = f"/api/leads/{quote(lead_id, safe='')}?with=people&fresh=1"
    story = _get(connection, settings, path)
    if story is None or story["left_out"]["decisions"]:
        return None
    people = story["people"]
    numbers = {int(number): rep_id for number, rep_id in people["numbers"].items()}
    decisions = [told["decision"] for told in story["decisions"]]
    by_crm_id = {key: tuple(rep_ids) for key, rep_ids in people["by_crm_id"].items()}
    ignored = tuple(story["ignored"]["report"]) if story.get("ignored") else None
    return Told(decisions, People(people["names"], numbers, by_crm_id), ignored)


def _is_ours(state: dict[str, Any], settings: Settings) -> bool:
    servers = sorted(state["bootstrap_servers"].split(","))
    return (
        state["state"] == "live"
        and state["prefix"] == settings.topics.prefix
        and servers == sorted(settings.kafka.bootstrap_servers.split(","))
    )


def _get(connection: HTTPConnection, settings: Settings, path: str) -> dict[str, Any] | None:
    token = settings.board.token
    headers = {} if token is None else {"Authorization": f"Bearer {token.get_secret_value()}"}
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    body = response.read()
    if response.status != _OK:
        return None
    answer: dict[str, Any] = decode(body)
    return answer
