"""The board's addresses of leads: finding one, its story, and why a rep did not get it."""

from __future__ import annotations

from aiohttp import web

from router.board.answers.filters import Filter
from router.board.answers.leads import (
    FOUND_USUAL,
    answers_why_not,
    ignored,
    leads,
    left_out,
    people_of,
    reports,
    story,
    warnings,
)
from router.board.api import count_in, org_of
from router.board.follower import Follower
from router.board.lead_facts import told
from router.board.lead_stories import Found, LeadStories
from router.board.projection.projection import Projection
from router.core.model.timestamps import rfc3339
from router.core.state.index import ids_of
from router.web.cooperative import unhurried
from router.web.responses import problem, respond, written

_CURRENT_WITHIN_S = 2.0
_ID_LENGTH_MAX = 256


class LeadsApi:
    """Reads only."""

    def __init__(self, follower: Follower, stories: LeadStories) -> None:
        """Leads of the last day are the projection's, older ones come from the topics."""
        self._follower = follower
        self._stories = stories

    def routes(self) -> list[web.RouteDef]:
        """For the application."""
        return [
            web.get("/api/leads", self.leads),
            web.get("/api/leads/{lead}", self.lead),
            web.get("/api/leads/{lead}/facts", self.facts),
            web.get("/api/leads/{lead}/why-not/{rep}", self.why_not),
        ]

    async def leads(self, request: web.Request) -> web.StreamResponse:
        """Leads whose id begins so, and of which the query holds."""
        org, prefix = org_of(request, self._projection), request.query.get("q", "")
        at, limit = self._at, count_in(request, "limit", FOUND_USUAL)
        wanted = Filter.of(request.query)
        found = await unhurried(
            leads(self._projection, org, prefix[:_ID_LENGTH_MAX], wanted, limit)
        )
        return respond(request, written(found | at))

    async def lead(self, request: web.Request) -> web.StreamResponse:
        """A lead's story; with ``with=people`` also who the reps are, for the command."""
        found = await self._find(request)
        if isinstance(found, web.Response):
            return found
        lead_id, org = request.match_info["lead"], self._projection.orgs[found.sales_org]
        people = people_of(self._projection, org)
        answer = story(lead_id, found.decisions, people)
        answer["sales_org"] = found.sales_org
        answer["reports"] = reports(self._projection, org, lead_id)
        answer["warnings"] = warnings(org, lead_id)
        answer["ignored"] = ignored(org, lead_id)
        answer["left_out"] = left_out(org, lead_id, found.left_out)
        if request.query.get("with") == "people":
            answer["people"] = {
                "names": dict(people.names),
                "numbers": {str(number): rep for number, rep in people.numbers.items()},
                "by_crm_id": {key: list(ids_of(people.by_crm_id, key)) for key in people.by_crm_id},
            }
        return respond(request, written(answer | self._at))

    async def facts(self, request: web.Request) -> web.StreamResponse:
        """Answer with the facts of a lead that waits or is with a rep, and its engagement."""
        lead_id, named = request.match_info["lead"], request.query.get("sales_org")
        orgs = [org_of(request, self._projection)] if named else self._projection.orgs.values()
        org = next((each for each in orgs if lead_id in each.standings.leads), None)
        found = told([], []) if org is None else await self._stories.facts(org, lead_id)
        return respond(request, written({"lead_id": lead_id} | found | self._at))

    async def why_not(self, request: web.Request) -> web.StreamResponse:
        """Why a rep did not get a lead."""
        found = await self._find(request)
        if isinstance(found, web.Response):
            return found
        name = request.match_info["rep"]
        people = people_of(self._projection, self._projection.orgs[found.sales_org])
        rep_ids = people.named(name)
        if len(rep_ids) != 1:
            what = f"{name} may be any of several reps" if rep_ids else f"there is no rep {name}"
            return problem(404, f"{what}: choose one of the roster")
        answer = answers_why_not(rep_ids[0], found.decisions, people)
        return respond(request, written(answer | self._at))

    async def _find(self, request: web.Request) -> Found | web.Response:
        """The lead that is asked for; ``fresh=1`` waits for what was decided until now."""
        lead_id = request.match_info["lead"]
        named = request.query.get("sales_org")
        sales_org = org_of(request, self._projection).sales_org if named else None
        if request.query.get("fresh") and not await self._follower.is_current(_CURRENT_WITHIN_S):
            return problem(503, "the board is not up to date: read the topics")
        found = await self._stories.find(lead_id, sales_org)
        if found is None:
            return problem(
                404,
                f"nothing was decided about lead {lead_id}: see that its id is right, and that"
                " nothing waits in the topics",
            )
        if found.sales_org not in self._projection.orgs:
            return problem(
                404,
                f"lead {lead_id} is of sales org {found.sales_org}, which LEAD_ROUTER_SALES_ORGS"
                f" names no more: ask `lead-router explain {lead_id}`",
            )
        return found

    @property
    def _projection(self) -> Projection:
        return self._follower.projection

    @property
    def _at(self) -> dict[str, str]:
        return {"at": rfc3339(self._projection.newest_ms)}
