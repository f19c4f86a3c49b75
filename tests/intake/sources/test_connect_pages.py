"""Each source has a page with the same headings, whose snippets do what they say."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from router.cli.main import main
from router.intake.sources.configured import KINDS
from router.intake.sources.source import shipped_map
from router.intake.sources.vendors import VENDORS
from router.settings import Settings

ROOT = Path(__file__).parents[3]
OF_A_DESTINATION = "# Destination:"
PAGES = [
    page
    for page in sorted((ROOT / "docs" / "connect").glob("*.md"))
    if not page.read_text().startswith(OF_A_DESTINATION)
]
HEADINGS = ["Set-up", "Fields", "Identity", "Duplicates and order", "Errors"]
WITHOUT_A_PAGE = {"canonical", "mapped"}
"""Our own contract is in docs/marketing.md, and any other shape in docs/connect/field-map.md."""


def blocks(text: str, language: str) -> list[str]:
    every = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [inner for named, inner in every if named == language]


def test_every_kind_has_a_page_and_the_readme_links_it():
    expected = {kind.replace("_", "-") for kind in set(KINDS) - WITHOUT_A_PAGE} | {"field-map"}
    assert {page.stem for page in PAGES} == expected
    readme = (ROOT / "README.md").read_text()
    assert [page.name for page in PAGES if f"docs/connect/{page.name}" not in readme] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_page_has_the_same_headings(page):
    assert re.findall(r"^## (.+)$", page.read_text(), re.MULTILINE) == HEADINGS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_snippets_of_a_page_do_what_they_say(page, tmp_path, monkeypatch, capsys):
    text = page.read_text()
    monkeypatch.chdir(tmp_path)
    (body,) = blocks(text, "json")
    Path("body.json").write_text(body)
    for field_map in blocks(text, "yaml"):
        Path("map.yaml").write_text(field_map)
    (command,) = [each for each in blocks(text, "") if each.startswith("lead-router source try")]
    with pytest.raises(SystemExit) as ended:
        main(shlex.split(command)[1:])
    shown = capsys.readouterr().out
    assert not ended.value.code, shown
    assert ": read" in shown or "to be fetched" in shown or "no currency" in shown


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_settings_of_a_page_are_settings(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("map.yaml").write_text("fields: {email: mail}\n")
    (given,) = blocks(page.read_text(), "sh")
    for line in given.splitlines():
        name, _, value = line.partition("=")
        monkeypatch.setenv(name, shlex.split(value)[0])
    settings = Settings()
    (source,) = settings.sources
    assert settings.topics.raw_sources == [source]


@pytest.mark.parametrize("kind", sorted(set(KINDS) - WITHOUT_A_PAGE))
def test_a_page_names_every_field_that_is_read(kind):
    text = (ROOT / "docs" / "connect" / f"{kind.replace('_', '-')}.md").read_text()
    name = VENDORS[kind].field_map
    assert name is not None
    for rule in shipped_map(name).rules.values():
        for path in rule.sources:
            assert f"`{path.text}`" in text, path.text
