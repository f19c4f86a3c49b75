"""``lead-router audit`` as operators run it, and what ``doctor`` says of it."""

import asyncio
import json
import os
import signal
import sys

import pytest

from router.audit.noted import audit_check, note
from router.cli.main import main
from tests.e2e.bad_input.program import command
from tests.e2e.faults.processes import environment_of

INTERRUPTED_S = 10.0


def body(record):
    return json.loads(record.value)


async def run(routed, *words):
    """One command to its end, beside what goes on here."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("LEAD_ROUTER_")}
    env = {**kept, **environment_of(routed.settings), "NO_COLOR": "1", "COLUMNS": "120"}
    return await asyncio.to_thread(command, env, *words)


@pytest.mark.kafka
@pytest.mark.timeout(180)
async def test_an_operator_is_told_mends_and_is_told_that_all_is_well(routed):
    topics = routed.topics
    check = await audit_check(routed.settings)
    assert check.ok
    assert check.found.startswith("none on record: run `lead-router audit` once after")

    last = (await routed.read(topics.assignments))[-1]
    await routed.rewrite(topics.assignments, lambda records: records[:-1])
    told = await run(routed, "audit")
    assert told.returncode == 1
    inbox = body(last)["inbox"]
    place = f"{topics.inbox}-{inbox['partition']}@{inbox['offset']}"
    assignment_id = body(last)["assignment_id"]
    line = f"missing in {topics.assignments} {assignment_id}: decided and never published ({place})"
    assert line in told.stdout.splitlines()
    assert "1 finding in" in told.stdout
    assert "`lead-router audit --repair` publishes 1 of them again" in told.stdout
    check = await audit_check(routed.settings)
    assert not check.ok
    assert check.next_step == "`lead-router audit --repair` mends 1 of them"

    repaired = await run(routed, "audit", "--repair", "--json")
    assert repaired.returncode == 0, repaired.stderr
    said = json.loads(repaired.stdout)
    assert (said["findings"], said["repaired"]) == (1, {topics.assignments: 1})
    [finding] = said["found"]
    assert finding["place"] == {"topic": topics.inbox, **inbox}

    await note(await routed.audit())
    doctor = await run(routed, "doctor")
    assert doctor.returncode == 0, doctor.stdout
    assert "ok   audit: 0 findings" in doctor.stdout


@pytest.mark.kafka
async def test_before_anything_was_routed_there_is_nothing_to_audit(settings, create_topics):
    assert (await audit_check(settings)).found == "there are no topics yet"
    await create_topics(settings)
    assert (await audit_check(settings)).found == "nothing was routed yet"


@pytest.mark.kafka
async def test_without_topics_it_says_so_in_one_line(settings, monkeypatch, capsys):
    for name, text in environment_of(settings).items():
        monkeypatch.setenv(name, text)
    told = await asyncio.to_thread(run_here, "audit")
    assert told == 1
    assert "do not exist" in capsys.readouterr().err


def run_here(*words):
    with pytest.raises(SystemExit) as ended:
        main(words)
    return ended.value.code


def test_help_tells_what_is_changed_and_has_examples(capsys):
    assert run_here("audit", "--help") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "nothing is changed" in said
    assert (
        "Examples: lead-router audit; lead-router audit --json; lead-router audit --repair" in said
    )


def test_an_option_that_it_does_not_have_is_usage():
    assert run_here("audit", "--fix") == 2


async def test_ctrl_c_ends_it_at_once_and_without_a_traceback():
    """The broker here takes connections and never answers, as a frozen one does."""
    reached, ended = asyncio.Event(), asyncio.Event()

    async def hold(_reader, writer):
        reached.set()
        await ended.wait()
        writer.close()
        await writer.wait_closed()

    frozen = await asyncio.start_server(hold, "127.0.0.1", 0)
    port = frozen.sockets[0].getsockname()[1]
    asked = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "router.cli", "audit",
        env={**os.environ, "LEAD_ROUTER_KAFKA__BOOTSTRAP_SERVERS": f"127.0.0.1:{port}"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        await reached.wait()
        asked.send_signal(signal.SIGINT)
        _, told = await asyncio.wait_for(asked.communicate(), INTERRUPTED_S)
    finally:
        if asked.returncode is None:
            asked.kill()
            await asked.wait()
        ended.set()
        frozen.close()
        await frozen.wait_closed()
    assert asked.returncode == 130
    assert b"Traceback" not in told
