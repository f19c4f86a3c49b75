"""Strangers learn nothing from the board, and can change nothing through it."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr, ValidationError

from router.board.follower import Follower
from router.board.service import board_app
from router.kafka.client.clients import Clients
from router.settings import BoardSettings, Settings
from router.web.sse import Hub

TOKEN = "a-long-token-that-nobody-guesses"  # noqa: S105 - made up for this test
REDRIVE = "/api/dead-letters/0-1/redrive"
ASKED = {"X-Requested-With": "lead-router"}


@pytest.fixture
async def client_of():
    """A client of a board that has read nothing; its broker is never asked."""
    clients = []

    async def make(**board) -> TestClient:
        settings = Settings(board=BoardSettings(**board))
        kafka = Clients(settings.kafka)
        follower = Follower(settings, kafka)
        client = TestClient(TestServer(board_app(settings, kafka, follower, Hub(follower))))
        await client.start_server()
        clients.append(client)
        return client

    yield make
    for client in clients:
        await client.close()


@pytest.fixture
async def open_board(client_of):
    return await client_of()


@pytest.fixture
async def guarded(client_of):
    return await client_of(token=SecretStr(TOKEN))


async def test_a_board_that_is_not_loopback_needs_a_token():
    with pytest.raises(ValidationError, match="LEAD_ROUTER_BOARD__TOKEN"):
        BoardSettings(host="0.0.0.0")  # noqa: S104 - that is what is refused


@pytest.mark.parametrize("host", ["127.0.0.1:8780", "localhost:8780", "localhost", "[::1]:8780"])
async def test_this_machine_may_look_without_a_token(open_board, host):
    assert (await open_board.get("/api/state", headers={"Host": host})).status == 200


@pytest.mark.parametrize("host", ["attacker.example", "127.0.0.1.attacker.example:80", "[::2]:1"])
async def test_a_strangers_name_for_this_machine_is_refused(open_board, host):
    response = await open_board.get("/api/state", headers={"Host": host})
    assert response.status == 403
    assert "LEAD_ROUTER_BOARD__TOKEN" in (await response.json())["error"]


@pytest.mark.parametrize(
    "path", ["/api/state", "/api/overview", "/api/leads/x", "/api/events", "/api/dead-letters/0-1"]
)
async def test_with_a_token_nothing_is_told_without_it(guarded, path):
    response = await guarded.get(path)
    assert response.status == 401
    assert list(await response.json()) == ["error"]


async def test_a_program_sends_the_token_as_bearer(guarded):
    right = {"Authorization": f"Bearer {TOKEN}"}
    assert (await guarded.get("/api/state", headers=right)).status == 200
    wrong = {"Authorization": f"Bearer {TOKEN}x"}
    assert (await guarded.get("/api/state", headers=wrong)).status == 401


async def test_a_person_gives_it_once_and_the_browser_keeps_a_proof_of_it(guarded):
    response = await guarded.post("/api/login", json={"token": TOKEN}, headers=ASKED)
    assert response.status == 204
    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert TOKEN not in cookie
    assert (await guarded.get("/api/state")).status == 200


@pytest.mark.parametrize("body", [{"token": "wrong"}, {"token": 5}, {"token": None}])
async def test_a_wrong_token_gives_no_cookie(guarded, body):
    response = await guarded.post("/api/login", json=body, headers=ASKED)
    assert response.status == 401
    assert "Set-Cookie" not in response.headers


async def test_a_token_that_is_no_text_is_a_wrong_one(guarded):
    response = await guarded.post("/api/login", data=b'{"token":"\\udcff"}', headers=ASKED)
    assert response.status == 401
    asked = b"GET /api/state HTTP/1.1\r\nHost: board\r\nConnection: close\r\n"
    for header in (b"Authorization: Bearer \xff", b"Cookie: lead_router_board=\xff"):
        reader, writer = await asyncio.open_connection(guarded.host, guarded.port)
        writer.write(asked + header + b"\r\n\r\n")
        assert (await reader.readline()).split()[1] == b"401"
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"word":1}', b"7", b"\xff", b"[" * 16_000])
async def test_a_login_that_is_none_is_refused(guarded, body):
    response = await guarded.post("/api/login", data=body, headers=ASKED)
    assert response.status == 400


async def test_a_forged_cookie_is_refused(guarded):
    response = await guarded.get("/api/state", headers={"Cookie": "lead_router_board=" + "0" * 64})
    assert response.status == 401


async def test_after_ten_wrong_tokens_not_even_the_right_one_is_taken_for_a_while(guarded):
    for _ in range(10):
        await guarded.post("/api/login", json={"token": "wrong"}, headers=ASKED)
    response = await guarded.post("/api/login", json={"token": TOKEN}, headers=ASKED)
    assert response.status == 401


@pytest.mark.parametrize("headers", [{}, {"X-Requested-With": "XMLHttpRequest"}])
async def test_whatever_changes_something_needs_a_header_that_no_form_sends(open_board, headers):
    assert (await open_board.post(REDRIVE, headers=headers)).status == 403


async def test_every_answer_tells_the_browser_to_be_careful(guarded):
    for response in (
        await guarded.get("/api/state"),
        await guarded.get("/nothing-here"),
        await guarded.get("/api/state", headers={"Authorization": f"Bearer {TOKEN}"}),
        await guarded.post(REDRIVE),
    ):
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Cache-Control"] in {"no-store", "no-cache"}


@pytest.mark.parametrize("path", ["/../settings.py", "/%2e%2e/service.py", "/etc/passwd", "/api"])
async def test_no_file_but_the_pages_own_is_served(open_board, path):
    assert (await open_board.get(path)).status == 404


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=x", "limit=1.5"])
async def test_a_limit_that_is_none_is_answered_in_one_line(open_board, query):
    response = await open_board.get(f"/api/backlog?{query}")
    assert response.status == 400
    assert "limit" in (await response.json())["error"]


async def test_a_sales_org_that_does_not_exist_is_answered_in_one_line(open_board):
    response = await open_board.get("/api/overview?sales_org=nowhere")
    assert response.status == 404
    assert "sales org" in (await response.json())["error"]
