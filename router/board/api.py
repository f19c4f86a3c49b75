"""The board's addresses: each answers what docs/board.md says of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import hdrs, web

from router.board.answers.backlog import backlog
from router.board.answers.clocks import clocks
from router.board.answers.filters import Filter
from router.board.answers.flows import flows
from router.board.answers.moment import Moment
from router.board.answers.overview import overview
from router.board.answers.policies import policies, version_told
from router.board.answers.pools import pools
from router.board.answers.rep import rep_page
from router.board.answers.reps import reps
from router.board.answers.series import BY, series
from router.board.follower import Follower
from router.board.kept_answers import KeptAnswers
from router.board.projection.projection import Projection
from router.board.projection.sales_org import OrgProjection
from router.board.topic_counts import TopicCounts
from router.core.model.timestamps import rfc3339
from router.settings import Settings
from router.web.responses import problem, respond, written
from router.web.sse import Hub

_WRITE_WITHIN_S = 10.0
_DIGITS_MAX = 9

Answer = Callable[[Projection, OrgProjection, Moment], dict[str, Any]]

_ANSWERS: dict[str, Answer] = {
    "overview": overview,
    "flows": lambda _, org, moment: flows(org, moment),
    "reps": reps,
    "clocks": clocks,
    "policies": lambda _, org, moment: policies(org, moment),
}


class Api:
    """Reads only. An answer is made once for all pages until something has changed."""

    def __init__(
        self,
        settings: Settings,
        follower: Follower,
        hub: Hub,
        topics: TopicCounts,
    ) -> None:
        """All are running, or will be when the first request comes."""
        self._settings = settings
        self._follower = follower
        self._hub = hub
        self._topics = topics
        self._version = version("lead-router")  # read from a file
        self._answers = KeptAnswers(follower, hub, ZoneInfo(settings.board.time_zone))

    def routes(self) -> list[web.RouteDef]:
        """For the application."""
        return [
            web.get("/api/state", self.state),
            *(web.get(f"/api/{name}", self._answering(name)) for name in _ANSWERS),
            web.get("/api/pools", self.pools),
            web.get("/api/backlog", self.backlog),
            web.get("/api/reps/{rep}", self.rep),
            web.get("/api/policies/{id}/{version}", self.policy),
            web.get("/api/series", self.series),
            web.get("/api/topics", self.topics),
            web.get("/api/events", self.events),
        ]

    async def state(self, request: web.Request) -> web.StreamResponse:
        """How the board itself is."""
        follower = self._follower
        answer: dict[str, Any] = {
            "state": follower.state,
            "since": rfc3339(follower.since_ms),
            "lag_s": round(follower.lag_s, 3),
            "sales_orgs": list(self._settings.sales_orgs),
            "version": self._version,
            "prefix": self._settings.topics.prefix,
            "bootstrap_servers": self._settings.kafka.bootstrap_servers,
            "time_zone": self._settings.board.time_zone,
            "unreadable": follower.projection.unreadable,
        }
        if follower.state == "loading":
            progress = follower.progress
            answer["progress"] = {"read": progress.read, "total": progress.total}
        if follower.why is not None:
            answer["why"] = follower.why
        return respond(request, written(answer | self._answers.at))

    def _answering(self, name: str) -> Callable[[web.Request], Any]:
        async def answer(request: web.Request) -> web.StreamResponse:
            org = self._org(request)
            make = _ANSWERS[name]
            return self._answers.respond(
                request, (name, org.sales_org), lambda moment: make(self._projection, org, moment)
            )

        return answer

    async def backlog(self, request: web.Request) -> web.StreamResponse:
        """The most valuable of those that wait."""
        org, limit = self._org(request), count_in(request, "limit", 200)
        wanted = Filter.of(request.query)
        return await self._answers.respond_in_slices(
            request,
            ("backlog", org.sales_org, str(limit), *wanted.key),
            lambda moment: backlog(org, moment, limit, wanted),
        )

    async def rep(self, request: web.Request) -> web.StreamResponse:
        """One rep, and the leads that are open with them."""
        org, rep_id = self._org(request), request.match_info["rep"]
        if rep_id not in org.company.org.reps:
            return problem(404, f"there is no rep {rep_id} any more: choose one of the roster")
        return await self._answers.respond_in_slices(
            request,
            ("rep", org.sales_org, rep_id),
            lambda moment: rep_page(self._projection, org, moment, rep_id),
        )

    async def policy(self, request: web.Request) -> web.StreamResponse:
        """The text of one version, as it was published."""
        org, name = self._org(request), request.match_info["id"]
        text = request.match_info["version"]
        number = int(text) if text.isdecimal() and len(text) <= _DIGITS_MAX else 0
        row = org.policies.get((name, number))
        if row is None:
            return problem(404, f"version {text} of {name} is not in the topic any more")
        return respond(request, written(version_told(row) | self._answers.at))

    async def pools(self, request: web.Request) -> web.StreamResponse:
        """How even turns were."""
        org = self._org(request)
        return await self._answers.respond_in_slices(
            request,
            ("pools", org.sales_org),
            lambda moment: pools(self._projection, org, moment),
        )

    async def series(self, request: web.Request) -> web.StreamResponse:
        """Decisions over time."""
        org, name = self._org(request), request.query.get("name")
        by, step = choice_in(request, "by", BY), choice_in(request, "step", ("hour", "minute"))
        return await self._answers.respond_in_slices(
            request,
            ("series", org.sales_org, by, step, *([] if name is None else [name])),
            lambda moment: series(org, moment, by, step, name),
        )

    async def topics(self, request: web.Request) -> web.StreamResponse:
        """What the topics hold and what waits in them."""
        return respond(request, written(await self._topics.read() | self._answers.at))

    async def events(self, request: web.Request) -> web.StreamResponse:
        """What changes, as it changes."""
        if self._hub.is_full:
            return problem(503, "too many pages are open: close one and try again")
        response = web.StreamResponse(
            headers={hdrs.CONTENT_TYPE: "text/event-stream", hdrs.CACHE_CONTROL: "no-store"}
        )
        await response.prepare(request)
        listening = self._hub.listen()
        try:
            async for message in listening:
                # A page that does not read what it is sent is let go, not waited for.
                await asyncio.wait_for(response.write(message), _WRITE_WITHIN_S)
        except (ConnectionError, TimeoutError):
            pass
        finally:
            await listening.aclose()
        return response

    @property
    def _projection(self) -> Projection:
        return self._follower.projection

    def _org(self, request: web.Request) -> OrgProjection:
        return org_of(request, self._projection)


def org_of(request: web.Request, projection: Projection) -> OrgProjection:
    """The sales org that is asked for, or the first.

    Raises:
        web.HTTPNotFound: there is none of that name.
    """
    name = request.query.get("sales_org") or next(iter(projection.orgs))
    if name not in projection.orgs:
        raise web.HTTPNotFound(reason="there is no such sales org: see /api/state")
    return projection.orgs[name]


def count_in(request: web.Request, name: str, usual: int) -> int:
    """A whole number above 0 in the query.

    Raises:
        web.HTTPBadRequest: it is none.
    """
    text = request.query.get(name, str(usual))
    if not text.isdecimal() or int(text[:9]) == 0:
        raise web.HTTPBadRequest(reason=f"{name} must be a whole number above 0")
    return int(text[:9])


def choice_in(request: web.Request, name: str, choices: Sequence[str]) -> str:
    """One of the choices in the query; the first without any.

    Raises:
        web.HTTPBadRequest: it is none of them.
    """
    chosen = request.query.get(name, choices[0])
    if chosen not in choices:
        raise web.HTTPBadRequest(reason=f"{name} must be one of {', '.join(choices)}")
    return chosen
