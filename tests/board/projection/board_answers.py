"""All of the board's answers at a moment, as a page has them."""

from __future__ import annotations

from typing import Any

import msgspec

from router.board.answers.backlog import backlog
from router.board.answers.clocks import clocks
from router.board.answers.flows import flows
from router.board.answers.moment import Moment
from router.board.answers.overview import overview
from router.board.answers.policies import policies
from router.board.answers.pools import pools
from router.board.answers.reps import reps
from router.board.answers.series import BY, STEPS, series
from router.board.projection.projection import Projection
from tests.board.at_once import at_once


def answers(projection: Projection, moment: Moment) -> dict[str, Any]:
    org = projection.orgs["main"]
    found = {
        "overview": overview(projection, org, moment),
        "flows": flows(org, moment),
        "reps": reps(projection, org, moment),
        "pools": at_once(pools(projection, org, moment)),
        "backlog": at_once(backlog(org, moment, 1_000)),
        "clocks": clocks(projection, org, moment),
        "policies": policies(org, moment),
    }
    for by in BY:
        for step in STEPS:
            answer = at_once(series(org, moment, by, step, None))
            found[f"series by {by} and {step}"] = answer
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(found))
    return plain
