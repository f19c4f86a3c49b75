"""The page's files and docs/board.md over the sample company, in whatever state a test asks for."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from aiohttp import web

import router
from tests.board.page import sample_company as company
from tests.board.page import sample_leads as leads
from tests.board.page.hostile import lengthened, spoiled

PAGE = Path(router.__file__).parent / "board" / "page"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
TOKEN = "a-token-of-the-tests"  # noqa: S105 - guards nothing but sample data
_COOKIE = "board"


@dataclass(slots=True)
class Board:
    """What the server pretends; tests change it and say so with :meth:`changed`."""

    state: str = "live"
    since: str = field(default_factory=lambda: company.at(134))
    read: int = 121_300
    token: str | None = None
    hostile: bool = False
    long: bool = False
    empty: bool = False
    broken: set[str] = field(default_factory=set)
    held: dict[str, asyncio.Event] = field(default_factory=dict)
    is_holding: asyncio.Event = field(default_factory=asyncio.Event)
    forgets_letters: bool = False
    sales_orgs: list[str] = field(default_factory=lambda: ["main"])
    backlog: list[dict[str, Any]] = field(default_factory=leads.backlog_leads)
    letters: list[dict[str, Any]] = field(default_factory=leads.letters)
    decisions_more: int = 0
    left_out: dict[str, int] = field(default_factory=lambda: {"decisions": 0, "reports": 0})
    redriven: list[str] = field(default_factory=list)
    payloads_asked: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    unchanged: int = 0
    listeners: set[asyncio.Queue[dict[str, Any] | None]] = field(default_factory=set)
    audience: asyncio.Condition = field(default_factory=asyncio.Condition)
    _started: float = field(default_factory=time.monotonic)

    def date(self) -> str:
        """The server's clock: the sample's afternoon, and it goes on."""
        elapsed = timedelta(seconds=int(time.monotonic() - self._started))
        return format_datetime(company.NOW + elapsed, usegmt=True)

    def changed(self, *parts: str) -> None:
        """Tell every open page."""
        for listener in self.listeners:
            listener.put_nowait({"at": company.at(0), "parts": parts, "state": self.state})

    async def heard_by(self, pages: int) -> None:
        """Wait until exactly so many pages listen."""
        async with self.audience:
            await self.audience.wait_for(lambda: len(self.listeners) == pages)

    def hang_up(self) -> None:
        """End every stream of events."""
        for listener in self.listeners:
            listener.put_nowait(None)

    def answer(self, path: str, query: dict[str, str]) -> dict[str, Any] | None:
        """The answer to ``GET /api/path``; None if there is no such thing."""
        found = self._empty(path) if self.empty else None
        found = found or self._answer(path.split("/"), query)
        if found is None:
            return None
        found = {"at": company.at(136 if self.state == "broker_down" else 0.4), **found}
        found = lengthened(found) if self.long else found
        return spoiled(found) if self.hostile else found

    def _answer(self, path: list[str], query: dict[str, str]) -> dict[str, Any] | None:
        if path == ["overview"]:
            found = company.overview(self.backlog)
            found["today"]["decisions"] += self.decisions_more
            return found
        if path == ["series"]:
            return company.series(query["by"], query["step"], query.get("name"))
        if path == ["backlog"]:
            return leads.backlog(self.backlog, int(query.get("limit", 200)), query)
        if len(path) == 1 and path[0] in _PLAIN:
            return _PLAIN[path[0]]()
        return self._looked_up(path, query)

    def _looked_up(self, path: list[str], query: dict[str, str]) -> dict[str, Any] | None:
        match path:
            case ["leads"]:
                return leads.found_leads(query.get("q", ""), query)
            case ["reps", rep_id]:
                return company.rep(rep_id)
            case ["policies", policy_id, version]:
                return company.policy(policy_id, version)
            case ["leads", lead_id, *more]:
                return self._lead(lead_id, more)
            case ["dead-letters"]:
                return self._letters(int(query.get("limit", 100)), query.get("before"))
            case ["dead-letters", letter_id]:
                self.payloads_asked.append(letter_id)
                return next((each for each in self.letters if each["id"] == letter_id), None)
        return None

    def _lead(self, lead_id: str, more: list[str]) -> dict[str, Any] | None:
        match more:
            case ["facts"]:
                return leads.known_facts(lead_id)
            case ["why-not", rep_id]:
                return leads.why_not_answers(lead_id, rep_id)
        found = leads.story(lead_id)
        return found and found | {"left_out": self.left_out}

    def _letters(self, limit: int, before: str | None) -> dict[str, Any]:
        ids = [each["id"] for each in self.letters]
        start = ids.index(before) + 1 if before else 0
        shown = self.letters[start : start + limit]
        hidden = {"key", "key_encoding", "value", "encoding", "headers"}
        rows = [{k: v for k, v in each.items() if k not in hidden} for each in shown]
        more = start + limit < len(self.letters)
        return {"letters": rows, "next": shown[-1]["id"] if more else None}

    def _empty(self, path: str) -> dict[str, Any] | None:
        if path == "overview":
            found = company.overview([])
            found["today"] = {"by_outcome": {}, "by_channel": {}, "decisions": 0}
            nothing: dict[str, Any] = {"by_outcome": {}, "by_channel": {}, "by_market": {}}
            found["hours"] = [{"from": hour["from"], **nothing} for hour in found["hours"]]
            found["minutes"] = [{"from": each["from"], **nothing} for each in found["minutes"]]
            found["open"] = {"leads": 0, "places_free": 0, "places_free_on_duty": 0}
            found["clocks"] = {"soon": 0, "missed_today": 0}
            none = {"count": 0, "p50_s": None, "p95_s": None}
            found["speed"] = dict.fromkeys(found["speed"], none)
            return {**found, "dead_letters": {"today": 0}, "policy": None}
        return _EMPTY.get(path)


_PLAIN: dict[str, Callable[[], dict[str, Any]]] = {
    "flows": company.flows,
    "reps": company.reps,
    "pools": company.pools,
    "clocks": leads.clocks,
    "topics": company.topics,
    "policies": company.policies,
}
_EMPTY: dict[str, dict[str, Any]] = {
    "flows": {"channels": []},
    "reps": {"reps": []},
    "pools": {"pools": []},
    "backlog": {"count": 0, "found": 0, "leads": [], "ages": []},
    "clocks": {"soon": [], "missed": []},
    "dead-letters": {"letters": [], "next": None},
    "leads": {"leads": []},
    "topics": {"topics": [], "lags": []},
    "policies": {"in_force": None, "history": []},
}


def application(board: Board) -> web.Application:
    """Serves ``board``; the page under ``/``, its JSON under ``/api/``."""
    app = web.Application(middlewares=[_guarded(board)])
    routes = _Routes(board)
    app.router.add_get("/api/state", routes.state)
    app.router.add_get("/api/events", routes.events)
    app.router.add_post("/api/login", routes.login)
    app.router.add_post("/api/dead-letters/{id}/redrive", routes.redrive)
    app.router.add_get("/api/{path:.+}", routes.part)
    app.router.add_get("/", routes.index)
    app.router.add_static("/", PAGE)
    return app


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _guarded(board: Board) -> Any:
    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Date"] = board.date()
        return response

    return guard


@dataclass(slots=True)
class _Routes:
    board: Board

    async def index(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(PAGE / "index.html")

    async def login(self, request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        if asked.get("token") != self.board.token:
            return _refused(401, "this is not the token")
        response = web.Response(status=204)
        response.set_cookie(_COOKIE, asked["token"], httponly=True, samesite="Strict")
        return response

    def _is_stranger(self, request: web.Request) -> bool:
        return self.board.token is not None and request.cookies.get(_COOKIE) != self.board.token

    async def state(self, request: web.Request) -> web.StreamResponse:
        if self._is_stranger(request):
            return _refused(401, "a token is needed")
        board = self.board
        said = {
            "state": board.state,
            "since": board.since,
            "lag_s": 0.3 if board.state == "live" else 134,
            "sales_orgs": board.sales_orgs,
            "version": "0.1.0",
            "bootstrap_servers": "kafka-1.example:9092",
            "at": company.at(0.4),
        }
        if board.state == "loading":
            said["progress"] = {"read": board.read, "total": 284_000}
        return web.json_response(said, headers={"Cache-Control": "no-store"})

    async def part(self, request: web.Request) -> web.StreamResponse:
        if self._is_stranger(request):
            return _refused(401, "a token is needed")
        path = request.match_info["path"]
        self.board.asked.append(path)
        if request.path_qs in self.board.held:
            self.board.is_holding.set()
            await self.board.held[request.path_qs].wait()
        if path.split("/")[0] in self.board.broken:
            return _refused(500, "this part is broken: see the log of lead-router")
        found = self.board.answer(path, dict(request.query))
        if found is None:
            return _refused(404, f"there is no {path}: it was not decided in the last day")
        body = json.dumps(found, default=str).encode()
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if path.startswith("dead-letters/"):
            return web.Response(body=body, content_type="application/json")
        if request.headers.get("If-None-Match") == etag:
            self.board.unchanged += 1
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(body=body, content_type="application/json", headers={"ETag": etag})

    async def redrive(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("X-Requested-With") != "lead-router":
            return _refused(403, "this needs the header X-Requested-With: lead-router")
        letter_id = request.match_info["id"]
        letter = next((each for each in self.board.letters if each["id"] == letter_id), None)
        if letter is None or self.board.forgets_letters:
            return _refused(404, "there is no such dead letter: it may have been deleted by age")
        if letter["redriven"] and request.query.get("again") != "1":
            return _refused(409, "it was sent again before: ask with again=1 to repeat it")
        letter["redriven"] = True
        self.board.redriven.append(letter_id)
        return web.json_response({"redriven": True, "topic": "lead-router.leads"})

    async def events(self, request: web.Request) -> web.StreamResponse:
        if self._is_stranger(request):
            return _refused(401, "a token is needed")
        headers = {"Content-Type": "text/event-stream", "Content-Security-Policy": POLICY}
        response = web.StreamResponse(headers={**headers, "Date": self.board.date()})
        listener: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        await response.prepare(request)
        await response.write(b": hello\n\n")
        await self._listeners_are(self.board.listeners | {listener})
        try:
            while (said := await listener.get()) is not None:
                await response.write(f"event: changed\ndata: {json.dumps(said)}\n\n".encode())
        finally:
            await self._listeners_are(self.board.listeners - {listener})
        return response

    async def _listeners_are(self, listeners: set[asyncio.Queue[dict[str, Any] | None]]) -> None:
        async with self.board.audience:
            self.board.listeners = listeners
            self.board.audience.notify_all()


def _refused(status: int, line: str) -> web.Response:
    return web.json_response({"error": line}, status=status)
