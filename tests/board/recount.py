"""What the board must show, counted anew from the topics.

Shares no code with the projection: it knows the public contract, and that an inbox record is JSON
with a ``kind``. It goes through a lead's life in order, once, where the projection searches.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tests.board.recount_fairness import check_fairness, fairness, stays
from tests.e2e.audit.history import Record

QUARTER_MS = 900_000
DAY_MS = 86_400_000
MISSED = ("accept_missed", "contact_missed")
CONTACT = ("contacted", "meeting_held", "qualified", "converted")
IN_WORK = (*CONTACT, "accepted", "attempted")
SPEEDS = ("assignment", "acceptance", "first_contact")
STEPS = {"minute": (60_000, 60), "hour": (3_600_000, 24)}
BY: dict[str, Callable[[dict[str, Any]], Any]] = {
    "outcome": lambda each: each["outcome"],
    "channel": lambda each: each.get("sales_channel"),
    "market": lambda each: (each.get("pool_id"), each.get("territory_id")),  # told by the policy
    "pool": lambda each: each.get("pool_id"),
    "rep": lambda each: each.get("rep_id"),
}
NO_LEAD = "won"
"""A won customer who moves inside is handed over, and is no lead that somebody gets."""

Topics = Mapping[str, Sequence[Record]]


def to_ms(rfc3339: str) -> int:
    return round(datetime.fromisoformat(rfc3339).timestamp() * 1000)


def to_text(time_ms: int) -> str:
    text = datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def bodies(records: Iterable[Record], org: str) -> list[dict[str, Any]]:
    found = [json.loads(record.value) | {"at_ms": record.timestamp_ms} for record in records]
    return [body for body in found if body["sales_org"] == org]


def is_given(decision: dict[str, Any]) -> bool:
    if "rep_id" not in decision or decision["reason"] == NO_LEAD or stays(decision):
        return False
    return decision["outcome"] in ("assigned", "reassigned", "handed_off", "escalated")


def recount(topics: Topics, org: str, now_ms: int, day_ms: int) -> dict[str, Any]:
    """The figures of one sales org, plain; speeds as lists of milliseconds by channel."""
    decisions = bodies(topics["lead.assignments"], org)
    for each in decisions:
        each["ms"] = to_ms(each["decided_at"])
    today = [each for each in decisions if each["ms"] >= day_ms]
    given = [each for each in today if is_given(each)]
    missed = [each for each in today if each["reason"] in MISSED]
    owners = last_owners(topics["lead.owners"], org)
    waiting = [row for row in owners if waits(row)]
    return {
        "today": {
            "by_outcome": counts(each["outcome"] for each in today),
            "by_channel": counts(
                each["sales_channel"] for each in today if "sales_channel" in each
            ),
            "decisions": len(today),
        },
        "series": {
            (by, step): spans(decisions, now_ms, *STEPS[step], by) for by in BY for step in STEPS
        },
        "markets": markets(topics, org),
        "backlog": counts(row["reason"] for row in waiting),
        "oldest": min((row["decided_at"] for row in waiting), default=None),
        "now_ms": now_ms,
        "waiting": sorted(row["lead_id"] for row in waiting),
        "open": counts(row["rep_id"] for row in owners if is_open(row)),
        "given_channel": counts(each.get("sales_channel", "") for each in given),
        "given_pool": counts(each.get("pool_id", "") for each in given),
        "given_rep": counts(each["rep_id"] for each in given),
        "missed_rep": counts(each.get("previous_rep_id") or each["rep_id"] for each in missed),
        "missed_channel": counts(each.get("sales_channel", "") for each in missed),
        "since": sorted(to_ms(row["decided_at"]) for row in waiting),
        "given_rep_last": last_times(
            each for each in decisions if is_given(each) and each["ms"] >= last_day(now_ms)
        ),
        "missed": sorted(
            (each["lead_id"], each["decided_at"], each.get("previous_rep_id") or each["rep_id"])
            for each in missed
        ),
        "letters": letters_since(topics["dead-letters"], day_ms),
        "policies": counts(
            f"{each['policy']['id']} {each['policy']['version']}"
            for each in today
            if "policy" in each
        ),
        "speeds": speeds(topics, org, decisions, now_ms),
        "fairness": fairness(topics, org, decisions, is_given, (now_ms, day_ms)),
    }


def counts(names: Iterable[str]) -> dict[str, int]:
    return dict(Counter(names))


def last_owners(records: Sequence[Record], org: str) -> list[dict[str, Any]]:
    last = {record.key: record for record in sorted(records, key=lambda each: each.place)}
    return bodies((record for record in last.values() if record.value is not None), org)


def waits(row: dict[str, Any]) -> bool:
    return row["outcome"] == "queued" or (row["outcome"] == "escalated" and row["rep_id"] is None)


def is_open(row: dict[str, Any]) -> bool:
    with_a_rep = ("assigned", "reassigned", "handed_off", "escalated")
    return row["outcome"] in with_a_rep and row["rep_id"] is not None and row["reason"] != NO_LEAD


def spans(
    decisions: list[dict[str, Any]], now_ms: int, width_ms: int, count: int, by: str
) -> dict[str, dict[Any, int]]:
    """Decisions by the span they fall in and what ``BY`` names; spans without any are left out."""
    first = (now_ms // width_ms - count + 1) * width_ms
    found: dict[str, Counter[Any]] = defaultdict(Counter)
    for each in decisions:
        name = BY[by](each)
        if each["ms"] >= first and name:
            found[to_text(each["ms"] // width_ms * width_ms)][name] += 1
    return {begin: dict(names) for begin, names in found.items()}


def markets(topics: Topics, org: str) -> dict[tuple[str, int], dict[str, dict[str, Any]]]:
    """Markets of pools and territories by the policy that says so, as it came into the inbox."""
    found = {}
    for record in topics["routing.inbox"]:
        body = json.loads(record.value or b"{}")
        if body.get("kind") == "policy" and (record.key or b"").decode() == org:
            policy = body["policy"]
            found[policy["policy_id"], policy["version"]] = {
                "pools": {each["pool_id"]: each.get("market_id") for each in policy["pools"]},
                "territories": {
                    each["territory_id"]: each.get("market_id") for each in policy["territories"]
                },
            }
    return found


def last_day(now_ms: int) -> int:
    return ((now_ms - DAY_MS) // QUARTER_MS + 1) * QUARTER_MS


def last_times(given: Iterable[dict[str, Any]]) -> dict[str, str]:
    last: dict[str, str] = {}
    for each in given:
        last[each["rep_id"]] = max(last.get(each["rep_id"], ""), each["decided_at"])
    return last


def letters_since(records: Sequence[Record], day_ms: int) -> int:
    return sum(
        record.timestamp_ms >= day_ms and record.header("redriven") is None for record in records
    )


def speeds(
    topics: Topics, org: str, decisions: list[dict[str, Any]], now_ms: int
) -> dict[str, dict[str, list[int]]]:
    since_ms = last_day(now_ms)
    lives: dict[str, list[tuple[int, int, int, dict[str, Any]]]] = defaultdict(list)
    for each in decisions:
        # What is reported comes before what is decided because of it.
        lives[each["lead_id"]].append((each["inbox"]["offset"], 1, each["sequence"], each))
    for record in topics["routing.inbox"]:
        body = json.loads(record.value or b"{}")
        if body.get("kind") == "feedback" and (record.key or b"").decode() == org:
            body["at_ms"] = record.timestamp_ms
            lives[body["lead_id"]].append((record.offset, 0, 0, body))
    found: dict[str, dict[str, list[int]]] = defaultdict(lambda: {name: [] for name in SPEEDS})
    for life in lives.values():
        for what, at_ms, channel, took_ms in live(event for *_, event in sorted(life, key=place)):
            if at_ms >= since_ms:
                found[channel][what].append(took_ms)
    return {
        channel: {name: sorted(each[name]) for name in SPEEDS} for channel, each in found.items()
    }


def place(event: tuple[int, int, int, dict[str, Any]]) -> tuple[int, int, int]:
    return event[:3]


def live(events: Iterable[dict[str, Any]]) -> Iterable[tuple[str, int, str, int]]:
    """Go through one lead's life: (what, when it counts, channel, how long in ms)."""
    came_ms: int | None = None
    owner: dict[str, Any] | None = None
    was_given = False
    done: set[str] = set()
    for event in events:
        if "feedback_type" in event:
            if owner is None or not is_about(event, owner):
                continue
            took_ms = max(event["at_ms"] - owner["ms"], 0)
            if "acceptance" not in done:
                done.add("acceptance")
                yield "acceptance", owner["ms"], owner.get("sales_channel", ""), took_ms
            if event["feedback_type"] in CONTACT and "first_contact" not in done:
                done.add("first_contact")
                yield "first_contact", owner["ms"], owner.get("sales_channel", ""), took_ms
            continue
        if event["sequence"] == 1:  # also when an id comes again after years
            came_ms, was_given = event["ms"], False
        if stays(event):
            continue
        counts_it = is_given(event) and event["reason"] != "imported"
        owner, done = (event, set()) if counts_it else (None, set())
        if counts_it and not was_given:
            was_given = True
            if came_ms is not None:
                took_ms = max(event["at_ms"] - came_ms, 0)
                yield "assignment", came_ms, event.get("sales_channel", ""), took_ms


def is_about(report: dict[str, Any], owner: dict[str, Any]) -> bool:
    if report["feedback_type"] not in IN_WORK or report.get("actor") == "lead-router":
        return False
    named = report.get("assignment_id")
    if named is not None:
        lead_id, _, sequence = named.rpartition(".")
        if lead_id != report["lead_id"] or int(sequence) < owner["sequence"]:
            return False
    return report.get("rep_id") in (None, owner["rep_id"])


def shown(answers: Mapping[str, Any]) -> dict[str, Any]:
    """The same figures as the board's answers have them, but for the speeds."""
    overview, reps = answers["overview"], answers["reps"]["reps"]
    today = {name: overview["today"][name] for name in ("by_outcome", "by_channel", "decisions")}
    return {
        "today": today,
        "backlog": {row["reason"]: row["count"] for row in overview["backlog"]["by_reason"]},
        "oldest": overview["backlog"]["oldest_since"],
        "waiting": sorted(row["lead_id"] for row in answers["backlog"]["leads"]),
        "open": {
            rep["rep_id"]: sum(rep["open"].values()) for rep in reps if sum(rep["open"].values())
        },
        "given_channel": {
            row["sales_channel"]: row["assigned_today"]
            for row in answers["flows"]["channels"]
            if row["assigned_today"]
        },
        "given_rep_last": {
            rep["rep_id"]: rep["last_assigned_at"] for rep in reps if rep["last_assigned_at"]
        },
        "missed": sorted(
            (row["lead_id"], row["at"], row["rep_id"]) for row in answers["clocks"]["missed"]
        ),
        "letters": overview["dead_letters"]["today"],
        "policies": {
            f"{row['id']} {row['version']}": row["decisions_today"]
            for row in answers["policies"]["history"]
            if row["decisions_today"]
        },
    }


def check_shown(answers: Mapping[str, Any], expected: dict[str, Any]) -> None:
    """The board shows what was counted; percentiles may be 3.2 % above the true ones.

    Raises:
        AssertionError: it does not.
    """
    found = shown(answers)
    on_the_board = {rep["rep_id"] for rep in answers["reps"]["reps"]}
    times = expected["given_rep_last"]
    expected |= {"given_rep_last": {rep: at for rep, at in times.items() if rep in on_the_board}}
    for name in found:
        assert found[name] == expected[name], name
    check_series(answers, expected)
    check_reps_and_pools(answers, expected)
    check_ages(answers, expected["since"], expected["now_ms"])
    check_fairness(answers["pools"]["pools"], expected["fairness"])
    assert answers["overview"]["open"]["leads"] == sum(expected["open"].values())
    assert answers["overview"]["clocks"]["missed_today"] == len(expected["missed"])
    channels = {row["sales_channel"]: row["speed"] for row in answers["flows"]["channels"]}
    for name, speed in channels.items():
        for what in SPEEDS:
            check_speed(speed[what], expected["speeds"].get(name, {}).get(what, []))


AGES_S = (900, 3_600, 14_400, 86_400, 259_200)
CLOCK_MS = 90_000
"""The board's clock may have gone on by so much since the moment that is counted for."""


def check_reps_and_pools(answers: Mapping[str, Any], expected: dict[str, Any]) -> None:
    """What each rep and pool got and missed today."""
    for rep in answers["reps"]["reps"]:
        assert rep["assigned_today"] == expected["given_rep"].get(rep["rep_id"], 0), rep["rep_id"]
        assert rep["missed_today"] == expected["missed_rep"].get(rep["rep_id"], 0), rep["rep_id"]
    for channel in answers["flows"]["channels"]:
        name = channel["sales_channel"]
        assert channel["missed_today"] == expected["missed_channel"].get(name, 0), name
        for pool in channel["pools"]:
            given = expected["given_pool"].get(pool["pool_id"], 0)
            assert pool["assigned_today"] == given, pool["pool_id"]


def check_ages(answers: Mapping[str, Any], since: list[int], now_ms: int) -> None:
    """How many have waited for less than so long; time goes on while it is counted."""
    rows = answers["backlog"]["ages"]
    assert [row["under_s"] for row in rows] == [*AGES_S, None]
    assert sum(row["count"] for row in rows) == len(since)
    shown_younger = 0
    for bound_s, row in zip(AGES_S, rows, strict=False):
        shown_younger += row["count"]
        fewest, most = (
            sum(at_ms > now_ms + later - bound_s * 1_000 for at_ms in since)
            for later in (CLOCK_MS, -CLOCK_MS)
        )
        assert fewest <= shown_younger <= most, bound_s


def check_series(answers: Mapping[str, Any], expected: dict[str, Any]) -> None:
    """Of each minute and hour, as ``/api/series`` and the overview have it."""
    overview = answers["overview"]
    of_policy = overview["policy"] and (overview["policy"]["id"], overview["policy"]["version"])
    known = expected["markets"].get(of_policy, {"pools": {}, "territories": {}})
    for (by, step), counted in expected["series"].items():
        spans = counted if by != "market" else by_market(counted, known)
        answer = answers[f"series by {by} and {step}"]
        assert (answer["by"], answer["step"], len(answer["spans"])) == (by, step, STEPS[step][1])
        assert {row["from"]: row["counts"] for row in answer["spans"] if row["counts"]} == spans
        if f"by_{by}" in overview[f"{step}s"][0]:
            rows = overview[f"{step}s"]
            assert {row["from"]: row[f"by_{by}"] for row in rows if row[f"by_{by}"]} == spans


def by_market(
    spans: dict[str, dict[Any, int]], known: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for begin, places in spans.items():
        for (pool, territory), count in places.items():
            market = known["pools"].get(pool) or known["territories"].get(territory) or "none"
            found[begin][market] += count
    return {begin: dict(counts) for begin, counts in found.items()}


def check_speed(speed: dict[str, Any], took_ms: list[int]) -> None:
    assert speed["count"] == len(took_ms)
    for name, percent in (("p50_s", 50), ("p95_s", 95)):
        if not took_ms:
            assert speed[name] is None
            continue
        true_s = sorted(took_ms)[-(-len(took_ms) * percent // 100) - 1] / 1000
        assert true_s <= speed[name] <= true_s * 1.033 + 0.001
