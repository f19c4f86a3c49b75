"""What README and docs print is there: commands, options, links, and records that are taken."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from router.cli.main import COMMANDS, main
from router.core.explain.explain import People
from router.intake.records.admit import Admitted, admit
from router.intake.records.context import IntakeContext
from router.roles.streams.engagement.activity import LeadActivity, read_activity
from router.settings import Settings

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("**/*.md"))]
BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\[[^\]]+\]\(([^)#]+)\)")
GROUPS = {
    "dev", "topics", "schemas", "roster", "policy", "import", "dead-letters", "source",
    "deliveries", "keys",
}  # fmt: skip


def blocks(document: Path) -> list[tuple[str, str]]:
    return BLOCK.findall(document.read_text(encoding="utf-8"))


def commands() -> list[str]:
    lines = [
        line.strip()
        for document in DOCUMENTS
        for _, text in blocks(document)
        for line in text.splitlines()
    ]
    inline = [
        found
        for document in DOCUMENTS
        for found in re.findall(r"`(lead-router [^`]+)`", document.read_text(encoding="utf-8"))
    ]
    called = [line for line in [*lines, *inline] if line.startswith("lead-router ")]
    return sorted({line.partition(" #")[0].strip() for line in called})


@pytest.mark.parametrize("command", commands())
def test_every_command_that_is_printed_exists_with_its_options(command, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    words = shlex.split(command)[1:]
    if words[0] == "COMMAND":
        return
    assert words[0] in {each.name for each in COMMANDS}
    path = words[:2] if words[0] in GROUPS and len(words) > 1 else words[:1]
    with pytest.raises(SystemExit) as ended:
        main([*path, "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    for option in (word.partition("=")[0] for word in words if word.startswith("--")):
        assert option in said, f"{command}: no option {option}"


def test_every_command_is_in_the_changelog():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert [each.name for each in COMMANDS if each.name not in text] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document):
    links = LINK.findall(document.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (document.parent / link).exists()] == []


def records() -> list[dict]:
    found = []
    for name in ("marketing.md", "crm.md"):
        for language, text in blocks(ROOT / "docs" / name):
            if language == "json":
                decoder, rest = json.JSONDecoder(), text.strip()
                while rest:
                    record, end = decoder.raw_decode(rest)
                    found.append(record)
                    rest = rest[end:].strip()
    return found


@pytest.mark.parametrize(
    "record", records(), ids=lambda record: record.get("event_id") or record["activity_id"]
)
def test_every_record_that_is_printed_would_be_taken(record):
    role = "feedback" if "feedback_type" in record else "leads"
    context = IntakeContext.of(Settings())
    value = json.dumps(record).encode()
    if "activity_type" in record:
        assert isinstance(read_activity(value, (), 1_900_000_000_000, context), LeadActivity)
        return
    assert isinstance(admit(role, None, None, value, (), 1_900_000_000_000, context), Admitted)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_lines_are_for_reading(document):
    """No line of prose is longer than people read; tables and pictures may be."""
    prose = BLOCK.sub("", document.read_text(encoding="utf-8"))
    long = [line for line in prose.splitlines() if len(line) > 120 and not line.startswith("|")]
    assert long == []


def test_the_sample_in_the_readme_is_what_the_demo_prints(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    with pytest.raises(SystemExit) as ended:
        main(["demo"])
    assert ended.value.code == 0
    printed = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    (sample,) = [text for _, text in blocks(ROOT / "README.md") if text.startswith("1. 2027")]
    start = printed.index(sample.splitlines()[0])
    assert printed[start : start + len(sample.splitlines())] == sample.splitlines()


def test_the_consumers_code_in_the_crm_guide_reads_masks_as_explain_does():
    first = (ROOT / "docs" / "crm.md").read_text().split("```python\n")[1].partition("```")[0]
    names: dict[str, object] = {}
    exec(first, names)  # noqa: S102 - what readers copy
    numbers = {0: "ann", 1: "ben", 4: "cho"}
    for mask in ("0", "1", "12", "13", "20"):
        assert names["reps_of"](mask, numbers) == People({}, numbers).of_mask(mask)
