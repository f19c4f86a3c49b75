"""The house stays as docs/architecture.md says: small rooms, floors, short functions."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES_MAX = 16
LISTS = {"router.core.model.lead.__init__", "router.observe.meters.__init__"}
"""Functions that only list what there is: a line or a few for each field or metric."""
LINES_OF_A_FUNCTION_MAX = 60


def modules() -> dict[str, Path]:
    """All modules of the program by their dotted names."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in sorted((ROOT / "router").rglob("*.py"))
    }


def imported(name: str, path: Path, known: dict[str, Path]) -> Iterator[str]:
    """Modules of the program that one imports, for types too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            submodules = [f"{node.module}.{each.name}" for each in node.names]
            yield from (each for each in submodules if each in known)
            if node.module in known and any(each not in known for each in submodules):
                yield node.module
        elif isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name in known)


def circle(graph: dict[str, list[str]]) -> list[str]:
    """A way through the graph that ends where it began; empty if there is none."""
    done: set[str] = set()
    way: list[str] = []

    def walk(name: str) -> list[str]:
        if name in way:
            return [*way[way.index(name) :], name]
        if name in done:
            return []
        way.append(name)
        for other in graph[name]:
            if found := walk(other):
                return found
        done.add(way.pop())
        return []

    return next((found for name in graph if (found := walk(name))), [])


def test_no_folder_holds_more_files_than_one_looks_through():
    files = Counter(path.parent.relative_to(ROOT).as_posix() for path in modules().values())
    assert {folder: count for folder, count in files.items() if count > FILES_MAX} == {}


def test_no_module_of_the_core_imports_one_that_imports_it():
    known = modules()
    core = {name: path for name, path in known.items() if name.startswith("router.core")}
    graph = {
        name: [each for each in imported(name, path, known) if each in core]
        for name, path in core.items()
    }
    assert circle(graph) == []


def test_a_circle_is_found():
    assert circle({"a": ["b"], "b": ["c"], "c": ["b"]}) == ["b", "c", "b"]


def functions() -> Iterator[tuple[str, int]]:
    """Every function of the program and the lines of its body; a command's options are none."""
    for name, path in modules().items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                yield f"{name}.{node.name}", node.end_lineno - node.body[0].lineno + 1


def test_no_function_is_longer_than_a_screen():
    long = {name for name, lines in functions() if lines > LINES_OF_A_FUNCTION_MAX}
    assert long <= LISTS, long - LISTS


@pytest.mark.parametrize("document", ["docs/architecture.md", "CONTRIBUTING.md"])
def test_what_a_newcomer_reads_names_only_files_that_are_there(document: str):
    text = (ROOT / document).read_text(encoding="utf-8")
    named = re.findall(r"`(router/[\w/.]*)`", text)
    assert named, "it names no file of the program"
    assert [path for path in named if not (ROOT / path).exists()] == []
