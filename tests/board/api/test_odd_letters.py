"""Anybody may write to the dead letters: what can be read of odd headers is shown."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from router.board.dead_letters_api import LettersApi
from router.board.projection.projection import Projection, Record
from router.kafka.queries.dead_letter_reader import Letter, said_in

ODD = [
    (("partition", b"x"), ("offset", b"")),
    (("partition", b"-3"), ("offset", b"1e5")),
    (("partition", "\u0663".encode()), ("offset", b"9" * 5_000)),
    (("partition", b"\xff"), ("offset", None)),
]


class Box:
    """Has one letter, and sends nothing."""

    def __init__(self, headers) -> None:
        record = SimpleNamespace(
            partition=0, offset=0, timestamp=1, key=b"k", value=b"v", headers=headers
        )
        self.letter = Letter(record, said_in(headers))

    async def open(self, letter_id: str) -> Letter | None:
        return self.letter if letter_id == "0-0" else None


@pytest.fixture(params=ODD)
async def asked(request):
    """A client of the dead letters' addresses, with one odd letter."""
    headers = (("topic", b"leads"), ("reason", b"not_json"), *request.param)
    projection = Projection(["main"], "main", since_ms=0)
    projection.apply("dead_letters", [Record(0, 0, 1, b"k", b"v", headers)])
    follower = SimpleNamespace(projection=projection)
    app = web.Application()
    app.add_routes(LettersApi(follower, Box(headers)).routes())
    async with TestClient(TestServer(app)) as client:
        yield client
    assert projection.unreadable == 0


async def test_an_odd_letter_is_listed_and_shown_with_what_is_readable(asked):
    (listed,) = (await (await asked.get("/api/dead-letters")).json())["letters"]
    response = await asked.get("/api/dead-letters/0-0")
    assert response.status == 200
    shown = await response.json()
    for letter in (listed, shown):
        assert (letter["topic"], letter["reason"]) == ("leads", "not_json")
        assert (letter["partition"], letter["offset"]) == (-1, -1)
    assert shown["value"] == "v"


async def test_an_odd_letter_that_names_no_place_cannot_be_sent_there_and_that_is_said(asked):
    response = await asked.post("/api/dead-letters/0-0/redrive")
    assert response.status == 409
    assert "do not say where it came from" in (await response.json())["error"]
