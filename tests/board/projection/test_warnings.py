"""Values that intake could not read are counted by source and field, and told in the story."""

from __future__ import annotations

from typing import Any

import msgspec

from router.board.answers.leads import reports, warnings
from router.board.answers.moment import Moment
from router.board.answers.overview import overview
from router.board.projection.projection import Projection, Record

NOW_MS = 1_800_000_000_000


def told(*records: dict[str, Any]) -> Projection:
    projection = Projection(["main"], "main", since_ms=NOW_MS - 86_400_000)
    for offset, record in enumerate(records):
        value = msgspec.json.encode(record)
        projection.apply("inbox", [Record(0, offset, NOW_MS + offset, b"main", value)])
    assert projection.unreadable == 0
    return projection


def lead(lead_id: str, *warned: tuple[str, str], source: str | None = "web_form") -> dict[str, Any]:
    return {
        "kind": "lead",
        "event_id": f"event-{lead_id}",
        "lead_id": lead_id,
        "facts": {"lead_source": source},
        "warnings": [{"field": field, "problem": problem} for field, problem in warned],
    }


def test_fields_are_counted_by_source_and_problem_the_most_first():
    size, country = ("company.employees", "number"), ("location.country", "unknown")
    projection = told(
        lead("a", size), lead("b", size, country), lead("c", country, source=None), lead("d")
    )
    org, moment = projection.orgs["main"], Moment(NOW_MS + 10, NOW_MS - 3_600_000)
    assert overview(projection, org, moment)["warnings"] == [
        {"source": "web_form", "field": size[0], "problem": "number", "leads": 2},
        {"source": None, "field": country[0], "problem": "unknown", "leads": 1},
        {"source": "web_form", "field": country[0], "problem": "unknown", "leads": 1},
    ]


def test_a_lead_tells_the_warnings_of_its_newest_record_that_had_any():
    projection = told(lead("a", ("x", "number")), lead("a", ("y", "text")), lead("a"))
    org = projection.orgs["main"]
    assert warnings(org, "a") == [{"field": "y", "problem": "text"}]
    assert warnings(org, "b") == []


def test_a_story_tells_the_newest_reports_of_any_type_but_echoes():
    def report(number: int, **more: Any) -> dict[str, Any]:
        kind = "won" if number == 59 else "attempted"
        return {"kind": "feedback", "lead_id": "a", "feedback_type": kind, "rep_id": "ann", **more}

    projection = told(*(report(number) for number in range(60)), report(1, actor="lead-router"))
    found = reports(projection, projection.orgs["main"], "a")
    assert len(found) == 50
    assert (found[-1]["feedback_type"], found[-1]["name"]) == ("won", "ann")
