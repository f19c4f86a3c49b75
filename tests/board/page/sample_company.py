"""The demo's company as the board's JSON: 35 reps, 6 pools, 500 leads decided by the real core.

What has a history (charts, fairness, speeds) is drawn from a seeded generator, in the shapes of
docs/board.md.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from router.cli.demo.demo_run import DemoRun, demo_policy
from router.cli.demo.in_memory import run_offline

NOW = datetime(2027, 1, 12, 15, 40, 12, tzinfo=UTC)
_SHARES = {"assigned": 83, "queued": 6, "nurtured": 4, "handed_off": 2, "reassigned": 2}
_SHARES |= {"merged": 1, "recalled": 1, "escalated": 1, "closed": 1}
_HOURS = (4, 3, 2, 2, 3, 6, 14, 31, 58, 83, 92, 88, 70, 81, 104, 96, 74, 52, 33, 22, 16, 12, 9, 6)
POOLS = (
    ("emea-field", "field", "emea"),
    ("amer-field", "field", "amer"),
    ("apac-field", "field", "apac"),
    ("inside", "inside", "emea"),
    ("inside-amer", "inside", "amer"),
    ("inside-apac", "inside", "apac"),
)


@cache
def demo() -> DemoRun:
    """The demo's run, once a test session."""
    return run_offline(7)


def at(seconds_ago: float) -> str:
    """RFC 3339, so long before the sample's now."""
    moment = NOW - timedelta(seconds=seconds_ago)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _decided(random: Random, count: int) -> dict[str, dict[str, int]]:
    outcomes = Counter(random.choices(list(_SHARES), list(_SHARES.values()), k=count))
    owned = outcomes["assigned"] + outcomes["reassigned"]
    field = owned // 5 + outcomes["handed_off"]
    amer, apac = owned // 3, owned // 7
    return {
        "by_outcome": dict(outcomes),
        "by_channel": {"inside": owned - owned // 5, "field": field},
        "by_market": {"emea": owned - amer - apac, "amer": amer, "apac": apac, "none": 1},
    }


def overview(backlog: list[dict[str, Any]]) -> dict[str, Any]:
    """A working day in the afternoon."""
    random = Random(7)
    this_hour = NOW.replace(minute=0, second=0)
    hours = []
    for back in range(23, -1, -1):
        start = this_hour - timedelta(hours=back)
        hours.append({"from": _rfc(start), **_decided(random, _HOURS[start.hour])})
    this_minute = NOW.replace(second=0)
    minutes = [
        {
            "from": _rfc(this_minute - timedelta(minutes=back)),
            **_decided(random, random.choice((0, 1, 1, 2, 2, 3, 4))),
        }
        for back in range(59, -1, -1)
    ]
    today = Counter[str]()
    channels = Counter[str]()
    for hour in hours[23 - NOW.hour :]:
        today.update(hour["by_outcome"])
        channels.update(hour["by_channel"])
    return {
        "today": {
            "by_outcome": dict(today),
            "by_channel": dict(channels),
            "decisions": today.total(),
        },
        "minutes": minutes,
        "hours": hours,
        "speed": _speeds(1),
        "backlog": {
            "count": len(backlog),
            "oldest_since": min((lead["since"] for lead in backlog), default=None),
            "by_reason": by_reason(backlog),
        },
        "open": {"leads": 486, "places_free": 1_214, "places_free_on_duty": 388},
        "clocks": {"soon": 7, "missed_today": 3},
        "dead_letters": {"today": 6},
        "warnings": [
            {"source": "web_form", "field": "company.employees", "problem": "number", "leads": 41},
            {"source": None, "field": "location.country", "problem": "unknown", "leads": 7},
        ],
        "policy": {"id": "demo", "version": 12, "since": at(3 * 86_400 + 7_200)},
    }


def series(by: str, step: str, name: str | None) -> dict[str, Any]:
    """Decisions of each hour or minute, of one name alone if it is given."""
    names = [pool_id for pool_id, *_ in POOLS] if by == "pool" else list(demo().people.names)
    width, count = (60, 60) if step == "minute" else (3_600, 24)
    last = NOW.timestamp() // width * width
    spans = []
    for back in range(count - 1, -1, -1):
        begin = datetime.fromtimestamp(last - back * width, UTC)
        random = Random(begin.timestamp())
        busy = _HOURS[begin.hour] / len(names) * width / 1_800
        counts = {each: round(random.uniform(0, busy)) for each in names}
        shown = {each: n for each, n in counts.items() if n and name in {None, each}}
        spans.append({"from": _rfc(begin), "counts": shown})
    return {"by": by, "step": step, "spans": spans}


def _rfc(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _speeds(slower: float) -> dict[str, dict[str, float]]:
    return {
        "assignment": {"count": 731, "p50_s": 0.041 * slower, "p95_s": 0.182 * slower},
        "at_once": {"count": 690, "p50_s": 0.039 * slower, "p95_s": 0.121 * slower},
        "after_wait": {"count": 41, "p50_s": 1_904 * slower, "p95_s": 30_500 * slower},
        "acceptance": {"count": 654, "p50_s": 164 * slower, "p95_s": 548 * slower},
        "first_contact": {"count": 590, "p50_s": 684 * slower, "p95_s": 1_702 * slower},
    }


def flows() -> dict[str, Any]:
    """Field and inside sales."""
    random = Random(11)
    channels = []
    for channel, slower, missed in (("field", 9.5, 1), ("inside", 1, 2)):
        pools = [
            {
                "pool_id": pool_id,
                "market": market,
                "assigned_today": random.randrange(20, 180),
                "open": random.randrange(20, 190),
                "members": len(_members(pool_id)),
                "places_free": random.randrange(0, 300),
                "paused": pool_id == "apac-field",
            }
            for pool_id, of, market in POOLS
            if of == channel
        ]
        channels.append(
            {
                "sales_channel": channel,
                "assigned_today": sum(pool["assigned_today"] for pool in pools),
                "open": sum(pool["open"] for pool in pools),
                "backlog": 9 if channel == "field" else 20,
                "speed": _speeds(slower),
                "missed_today": missed,
                "pools": pools,
            }
        )
    return {"channels": channels}


def _members(pool_id: str) -> list[str]:
    names = list(demo().people.names)
    inside, field = names[:20], names[20:31]
    return {
        "emea-field": field[:7],
        "amer-field": field[7:10],
        "apac-field": field[10:],
        "inside": inside[:8],
        "inside-amer": inside[8:16],
        "inside-apac": inside[16:],
    }[pool_id]


def reps() -> dict[str, Any]:
    """All of the roster, in its order."""
    random = Random(13)
    rows = []
    for number, (rep_id, name) in enumerate(demo().people.names.items()):
        channel = "field" if 20 <= number < 31 or rep_id in {"max", "mona"} else "inside"
        cap_open, cap_day = (20, 4) if channel == "field" else (120, 60)
        status = {"hanna": "away", "mason": "not_started"}.get(rep_id, "active")
        works = status == "active" and number < 31
        held = random.randrange(cap_open // 8, cap_open) if works else 0
        today = random.randrange(0, cap_day) if works else 0
        rows.append(
            {
                "rep_id": rep_id,
                "name": name,
                "role": "manager" if number > 30 else f"{channel}_rep",
                "channels": [channel],
                "pools": [pool_id for pool_id, *_ in POOLS if rep_id in _members(pool_id)],
                "status": status,
                "away_until": at(-6 * 86_400) if status == "away" else None,
                "open": {channel: held},
                "today": {channel: today},
                "caps": {channel: {"open": cap_open, "per_day": cap_day}},
                "places_free": {channel: min(cap_open - held, cap_day - today) if works else 0},
                "last_assigned_at": at(random.randrange(20, 9_000)) if works else None,
                "accepted_p50_s": random.randrange(40, 900) if works else None,
                "missed_today": int(rep_id in {"kevin", "zara", "petra"}),
            }
        )
    return {"reps": rows}


def rep(rep_id: str) -> dict[str, Any] | None:
    """One rep with their open leads; None if there is no such one."""
    row = next((each for each in reps()["reps"] if each["rep_id"] == rep_id), None)
    if row is None:
        return None
    channel = row["channels"][0]
    last = {each["lead_id"]: each for each in demo().decisions}
    mine = [each for each in last.values() if each.get("rep_id") == rep_id]
    words = {
        "seniority": "senior",
        "territories": ["de-south", "uk-ie"] if channel == "field" else [],
        "languages": ["en", "de"],
        "skills": [],
        "hours": "Mon-Fri 08:30-17:30",
        "time_zone": "Europe/Berlin",
    }
    leads = [
        {
            "lead_id": each["lead_id"],
            "sales_channel": channel,
            "pool_id": each.get("pool_id"),
            "territory_id": each.get("territory_id"),
            "band": each["score"]["band"] if "score" in each else None,
            "value_expected_minor": each["value"]["expected_minor"] if "value" in each else 0,
            "value_currency": "EUR",
            "since": at(900 * place + 40),
            "accept_by": at(-240) if place == 0 else None,
            "contact_by": at(-3_600 * place) if place % 2 else None,
        }
        for place, each in enumerate(mine)
    ]
    return {"rep": row | words, "count": len(leads), "leads": leads}


def pools() -> dict[str, Any]:
    """Fair within about a turn, as the rotation keeps it."""
    random = Random(17)
    found = []
    for pool_id, channel, _ in POOLS:
        members = []
        for rep_id in _members(pool_id):
            got, lag = random.randrange(4, 40), random.randrange(-940, 940)
            members.append(
                {
                    "rep_id": rep_id,
                    "name": demo().people.names[rep_id],
                    "is_member": rep_id != _members(pool_id)[-1],
                    "other_pools": ["emea-field"] if rep_id == _members(pool_id)[0] else [],
                    "slots": 4 if channel == "field" else 60,
                    "turns_due_milli": got * 1_000 + lag,
                    "turns_got": got,
                    "lag_milli": lag,
                    "worth_per_slot_minor": random.randrange(30_000, 9_000_000),
                }
            )
        found.append(
            {
                "pool_id": pool_id,
                "sales_channel": channel,
                "since": at(29_000),
                "prefix_lag_max": 0.941,
                "turns": sum(member["turns_got"] for member in members),
                "changes": 2 if pool_id == "inside" else 0,
                "turns_not_judged": 3 if pool_id == "inside" else 0,
                "members": members,
                "currency": "EUR",
                "fair_by": "turns",
            }
        )
    return {"pools": found}


def by_reason(leads: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As the overview has it, the most first."""
    counts = Counter(lead["reason"] for lead in leads)
    return [
        {
            "reason": reason,
            "count": count,
            "oldest_since": min(lead["since"] for lead in leads if lead["reason"] == reason),
        }
        for reason, count in counts.most_common()
    ]


def topics() -> dict[str, Any]:
    """Every topic of ours, and what waits."""
    names = ("leads", "lead.activity", "lead.engagement", "roster", "accounts", "policies")
    names += ("crm.feedback", "routing.inbox", "routing.state", "lead.assignments", "lead.owners")
    random = Random(29)
    return {
        "topics": [
            {
                "topic": f"lead-router.{name}",
                "partitions": 1 if name in {"roster", "policies"} else 6,
                "records": random.randrange(30, 4_000_000),
                "newest_at": at(random.randrange(1, 90_000)),
            }
            for name in (*names, "dead-letters")
        ],
        "lags": [
            {"step": "intake", "topic": "lead-router.leads", "partition": 0, "waiting": 0},
            {"step": "intake", "topic": "lead-router.leads", "partition": 1, "waiting": 1_204},
            {"step": "intake", "topic": "lead-router.crm.feedback", "partition": 0, "waiting": 0},
            {"step": "route", "topic": "lead-router.routing.inbox", "partition": 0, "waiting": 38},
        ],
    }


def policies() -> dict[str, Any]:
    """The demo's policy as published, and its history."""
    history = [
        {
            "id": "demo",
            "version": version,
            "published_at": at(86_400 * 3 * (13 - version)),
            "since": at(86_400 * 3 * (13 - version) - 7_200),
            "decisions_today": 736 if version == 12 else 0,
        }
        for version in range(12, 0, -1)
    ]
    in_force = {"id": "demo", "version": 12, "since": at(3 * 86_400 + 7_200), "title": "demo"}
    return {"in_force": {**in_force, "text": demo_policy()}, "history": history}


def policy(policy_id: str, version: str) -> dict[str, Any] | None:
    """One version; of the first the topic has nothing any more."""
    rows = {str(each["version"]): each for each in policies()["history"]}
    row = rows.get(version)
    if policy_id != "demo" or row is None or version == "1":
        return None
    return {**row, "text": f"# version {version}\n{demo_policy()}"}
