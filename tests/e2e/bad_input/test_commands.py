"""Files that cannot be used: told in a line for each problem, and nothing is published."""

import asyncio
import re

import pytest

from router.cli.main import main
from tests.e2e.bad_input.company import POLICY, write_company
from tests.e2e.bad_input.program import command, environment
from tests.e2e.bad_input.topics import Board

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(120)]

ROSTER = ("roster", "apply")
PUBLISH = ("policy", "publish")
NO_POOL = POLICY.replace("inside: [backlog]", "inside: ['pool:ghost', backlog]")
NO_STEP = POLICY.replace("inside: [backlog]", "inside: [ghost, backlog]")
NO_MARKET = POLICY.replace("inside: {channel", "inside: {market: nowhere, channel")
LONG_CLOCK = POLICY + "sla:\n  inside: {accept: 3000d}\n"

FILES = [
    (ROSTER, "empty.csv", b"", 1, r":1:1: error: the file is empty"),
    (ROSTER, "header.csv", b"rep_id,name,channels\n", 1, r":1:1: error: there is no rep"),
    (ROSTER, "empty.json", b"[]", 1, r":1:1: error: there is no rep"),
    (
        ROSTER,
        "twice.csv",
        b"rep_id,channels,time_zone\nann,inside,UTC\nann,field,UTC\n",
        1,
        r":3:1: error: `ann` stands in line 2 already",
    ),
    (ROSTER, "quote.csv", b'rep_id,channels\nann,"inside\nben,x\n', 1, r":2:1: error: .*quote"),
    (ROSTER, "ragged.csv", b"rep_id,channels\nann,inside,x,y\n", 1, r":2:1: error: .*4 cells"),
    (ROSTER, "nul.csv", b"rep_id,channels\na\0nn,inside\n", 1, r":2:1: error: .*control"),
    (ROSTER, "latin.csv", b"rep_id,name\nann,M\xfcller\n", 2, r":2:6: the byte 0xFC is not UTF-8"),
    (ROSTER, "roster.xls", b"\xd0\xcf\x11\xe0", 2, r"is not UTF-8|unknown format"),
    (ROSTER, "cut.json", b'[{"rep_id": "ann"', 1, r":1:\d+: error: this is not JSON"),
    (ROSTER, "deep.json", b"[" * 100_000, 1, r":1:1: error: "),
    (ROSTER, "absent.csv", None, 2, r"cannot be read: No such file"),
    (PUBLISH, "bad.yaml", b"policy: x\n  bad: [\n", 1, r":2:\d+: error: this is not YAML"),
    (PUBLISH, "empty.yaml", b"", 1, r":1:1: error: the file is empty"),
    (PUBLISH, "latin.yaml", b"policy: M\xfcller\n", 2, r"is not UTF-8"),
    (PUBLISH, "huge.yaml", b"# " + b"x" * 5_000_000, 2, r"is larger than 200,000 bytes"),
    (PUBLISH, "deep.yaml", b"a: " + b"[" * 5_000, 1, r":1:\d+: error: .*nested too deeply"),
    (PUBLISH, "no_pool.yaml", NO_POOL.encode(), 1, r":21:\d+: error: pool `ghost`"),
    (PUBLISH, "no_step.yaml", NO_STEP.encode(), 1, r":21:\d+: error: .*`ghost`"),
    (PUBLISH, "no_market.yaml", NO_MARKET.encode(), 1, r":16:\d+: error: market `nowhere`"),
    (PUBLISH, "clock.yaml", LONG_CLOCK.encode(), 1, r":23:\d+: error: .*366d at most"),
    (("import", "accounts"), "a.csv", b"account_id\nann@example.com\n", 1, r":2:1: .*e-mail"),
    (
        ("import", "leads"),
        "leads.jsonl",
        b'{"lead_id": "undefined"}\n{{\n',
        1,
        r":2:2: error: .*not JSON",
    ),
]


async def test_a_file_that_cannot_be_used_is_told_by_line_and_publishes_nothing(
    topics_ready, tmp_path, monkeypatch, capsys
):
    board = Board(topics_ready)
    for name, text in environment(topics_ready).items():
        monkeypatch.setenv(name, text)
    for words, name, content, exit_code, expected in FILES:
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        # In this process, because starting one for each takes a minute in all.
        assert await asyncio.to_thread(exit_code_of, *words, str(path)) == exit_code, name
        said = capsys.readouterr().err
        told = [line for line in said.splitlines() if re.search(expected, line)]
        assert told, (name, said)
        assert all(str(path) in line for line in told)
        assert len(said.splitlines()) < 20
        assert len(said) < 20_000
    names = board.names
    assert await board.is_empty(names.roster, names.policies, names.accounts, names.leads)


def exit_code_of(*words):
    """What the command exits with; anything but an exit is an error of its own."""
    try:
        main(words)
    except SystemExit as end:
        return end.code or 0
    return 0


async def test_the_good_files_beside_them_are_published(topics_ready, tmp_path):
    board, env = Board(topics_ready), environment(topics_ready)
    write_company(tmp_path)
    for words, name in ((ROSTER, "roster.csv"), (PUBLISH, "policy.yaml")):
        done = await asyncio.to_thread(command, env, *words, tmp_path / name)
        assert done.returncode == 0, done.stderr
    assert len(await board.read(board.names.roster)) == 3
    assert len(await board.read(board.names.policies)) == 1
