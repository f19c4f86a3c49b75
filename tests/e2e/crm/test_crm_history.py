"""8,800 leads of a real CRM through real Kafka, by the commands that a company would type."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer

from router.kafka.topics.topic_names import Topics
from tests.e2e.crm.history import History, data_folder

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(240)]

DATA = data_folder()
WAIT_S = 120


@pytest.mark.skipif(DATA is None, reason="the CRM data set is not on this machine")
async def test_every_lead_of_the_crm_history_ends_in_one_outcome(settings, tmp_path: Path, capsys):
    assert DATA is not None
    history = History(DATA)
    history.write(tmp_path)
    environment = _environment(settings)
    _command(environment, "topics", "apply")
    router = subprocess.Popen(  # noqa: ASYNC220  # the program under test
        [sys.executable, "-m", "router.cli", "run"], env=environment
    )
    try:
        _command(environment, "roster", "apply", tmp_path / "roster.csv")
        _command(environment, "import", "accounts", tmp_path / "accounts.csv")
        _command(environment, "policy", "publish", tmp_path / "policy.yaml")
        began_s = time.monotonic()
        _command(environment, "import", "leads", tmp_path / "leads.jsonl", "--as", "submitted")
        decisions = await _decisions(settings, expected=len(history.deals))
        took_s = time.monotonic() - began_s
    finally:
        router.send_signal(signal.SIGTERM)
        assert router.wait(20) == 0

    last = _last_of_each(decisions)
    with capsys.disabled():
        _print_report(history, last, took_s)
    _check(history, decisions, last)


def _check(history: History, decisions: list[dict[str, Any]], last: dict[str, Any]) -> None:
    assert set(last) == {deal["opportunity_id"] for deal in history.deals}
    assert len(decisions) == len(last)  # each was decided once, and nothing changed it since
    assert {decision["outcome"] for decision in last.values()} == {"assigned"}
    owners, regions = history.owners(), {lead["lead_id"]: lead for lead in history.leads()}
    for lead_id, decision in last.items():
        owner = owners.get(decision.get("account_id", ""))
        if owner is not None:
            assert (decision["reason"], decision["rep_id"]) == ("account_owner", owner)
        elif decision["reason"] == "rotation":
            office = history.office_of[decision["rep_id"]].casefold()
            assert regions[lead_id]["custom"]["region"] == office
    # `technolgy` and `Philipines` count as what they mean, and `GTXPro` has its price.
    lines = Counter(term["rule"] for each in last.values() for term in each["score"]["terms"])
    assert sum(count for rule, count in lines.items() if "technology" in rule) > 1_000
    assert sum(count for rule, count in lines.items() if "PH" in rule) > 50
    assert not [lead_id for lead_id, each in last.items() if each["value"]["expected_minor"] == 0]


def _print_report(history: History, last: dict[str, Any], took_s: float) -> None:
    print(f"\n{len(last):,} leads in {took_s:.1f} s: {len(last) / took_s:,.0f} leads/s")
    print("outcomes", dict(Counter(each["outcome"] for each in last.values())))
    print("reasons ", dict(Counter(each["reason"] for each in last.values())))
    print("channels", dict(Counter(each["sales_channel"] for each in last.values())))
    print("offices ", dict(Counter(history.office_of[each["rep_id"]] for each in last.values())))
    by_agent = Counter(each["rep_id"] for each in last.values())
    for agent, count in sorted(by_agent.items(), key=lambda item: (-item[1], item[0])):
        print(f"  {agent:<22} {history.office_of[agent]:<8} {count:>5}")


def _environment(settings) -> dict[str, str]:
    return {
        **os.environ,
        "LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers,
        "LEAD_ROUTER_TOPICS__PREFIX": settings.topics.prefix,
        "LEAD_ROUTER_KAFKA__SESSION_TIMEOUT_MS": "6000",
    }


def _command(environment: dict[str, str], *words: object) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "router.cli", *map(str, words)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


async def _decisions(settings, expected: int) -> list[dict[str, Any]]:
    """Read assignments until every lead has one and nothing more comes for a second."""
    found: list[dict[str, Any]] = []
    consumer = AIOKafkaConsumer(
        Topics(settings.topics.prefix).assignments,
        bootstrap_servers=settings.kafka.bootstrap_servers,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        end_s = time.monotonic() + WAIT_S
        while time.monotonic() < end_s:
            records = await consumer.getmany(timeout_ms=1_000)
            found += [json.loads(each.value) for batch in records.values() for each in batch]
            if not records and len({each["lead_id"] for each in found}) >= expected:
                break
    finally:
        await consumer.stop()
    return found


def _last_of_each(decisions: list[dict[str, Any]]) -> dict[str, Any]:
    last: dict[str, Any] = {}
    for decision in sorted(decisions, key=lambda each: each["sequence"]):
        last[decision["lead_id"]] = decision
    return last
