"""Decisions about one lead: from the index at once, older ones from the topic."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

from router.board.follower import Follower
from router.board.lead_facts import read_facts
from router.board.projection.histories import DECISIONS_MAX
from router.board.projection.sales_org import OrgProjection
from router.core.model.assignment import Assignment
from router.errors import LeadRouterError
from router.kafka.client.clients import Clients
from router.kafka.queries.lookups import decisions_of
from router.kafka.topics.codecs import decode
from router.kafka.topics.topic_names import Topics

_AT_ONCE = 2
_CATCH_UP_S = 2.0
_WITHIN_S = 12.0
"""Less than a page waits for an answer, so that it hears why there is none."""


class Found(NamedTuple):
    """The sales org that a lead is of, and its newest decisions, oldest first."""

    sales_org: str
    decisions: list[Assignment]
    left_out: int = 0


class LeadStories:
    """Looks leads up; at most two at a time in the topics, whose partitions may be long."""

    def __init__(self, follower: Follower, clients: Clients, topics: Topics) -> None:
        """Nothing is read before somebody asks."""
        self._follower = follower
        self._clients = clients
        self._topics = topics
        self._looking = asyncio.Semaphore(_AT_ONCE)

    async def find(self, lead_id: str, sales_org: str | None) -> Found | None:
        """A lead of one sales org or of any; None when nothing was decided about it.

        Raises:
            LeadRouterError: its older decisions cannot be read, or not in time.
        """
        if (at_hand := self._at_hand(lead_id, sales_org)) is not None:
            return at_hand
        # What was decided a moment ago comes soon; looking for it in the topic takes long.
        if await self._follower.is_current(_CATCH_UP_S) and (
            at_hand := self._at_hand(lead_id, sales_org)
        ):
            return at_hand
        found = await self._older(lead_id)
        wanted = [each for each in found if sales_org in {None, each["sales_org"]}]
        if not wanted:
            return None
        left_out = max(0, len(wanted) - DECISIONS_MAX)
        return Found(wanted[0]["sales_org"], wanted[left_out:], left_out)

    async def facts(self, org: OrgProjection, lead_id: str) -> dict[str, Any]:
        """Return a lead as route's state knows it.

        Raises:
            LeadRouterError: the state cannot be read in time.
        """
        try:
            async with asyncio.timeout(_WITHIN_S), self._looking:
                return await read_facts(self._clients, self._topics.state, org, lead_id)
        except TimeoutError:
            raise LeadRouterError(
                f"reading what is known of lead {lead_id} takes too long"
            ) from None

    def _at_hand(self, lead_id: str, sales_org: str | None) -> Found | None:
        """The lead, if all that was decided about it is in the index."""
        orgs = self._follower.projection.orgs
        for name in [sales_org] if sales_org is not None else orgs:
            decisions = _indexed(orgs[name], lead_id)
            left_out = orgs[name].stories.left_out(lead_id)
            if left_out or (decisions and decisions[0]["sequence"] == 1):
                return Found(name, decisions, left_out)
        return None

    async def _older(self, lead_id: str) -> list[Assignment]:
        if self._follower.state in {"broker_down", "denied"}:
            why = self._follower.why or "the broker is away"
            raise LeadRouterError(
                f"{why}, and only what was decided in the last day is at hand:"
                " try again when that is mended"
            )
        try:
            async with asyncio.timeout(_WITHIN_S), self._looking:
                for topic in (self._topics.assignments, self._topics.shadow):
                    found = await decisions_of(self._clients, topic, lead_id, _unheard)
                    if found:
                        return found
        except TimeoutError:
            raise LeadRouterError(
                f"looking for lead {lead_id} takes too long here:"
                f" use `lead-router explain {lead_id}`"
            ) from None
        return []


def _indexed(org: OrgProjection, lead_id: str) -> list[Assignment]:
    return [decode(event) for event in org.stories.of(lead_id)]


def _unheard(text: str) -> None:
    """Progress of a search that nobody watches."""
