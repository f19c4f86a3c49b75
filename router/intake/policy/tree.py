"""YAML text as a tree of scalars, lists and mappings that know where they stand.

Every scalar stays the text that was written: ``NO`` is a country, ``01067`` a postal code and
``17:30`` a time, whatever a YAML version makes of them; whoever reads a scalar says what it is
to be. Aliases are followed within bounds; tags and merge keys are not part of a policy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError, YAMLStreamError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.scanner import RoundTripScanner, ScannerError

from router.intake.files.problems import START, Problems, Spot

TEXT_BYTES_MAX = 200_000
"""What a published policy may hold as its source."""

NODES_MAX = 100_000
DEPTH_MAX = 12
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True)
class Scalar:
    """Text as written. ``quoted`` text is never a number, a boolean or nothing."""

    text: str
    quoted: bool
    spot: Spot
    path: str

    @property
    def is_null(self) -> bool:
        """Whether nothing was written."""
        return not self.quoted and self.text in _NULLS


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple[Tree, ...]
    spot: Spot
    path: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One ``key: value`` and the place of its key."""

    key: str
    spot: Spot
    value: Tree


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values in the order of the file; no key stands there twice."""

    entries: tuple[Entry, ...]
    spot: Spot
    path: str

    def get(self, key: str) -> Tree | None:
        """The value of ``key``; None when it is absent or nothing was written."""
        for entry in self.entries:
            if entry.key == key:
                return (
                    None if isinstance(entry.value, Scalar) and entry.value.is_null else entry.value
                )
        return None

    def keys(self) -> Iterator[str]:
        """The keys in order."""
        return (entry.key for entry in self.entries)


Tree = Scalar | Sequence | Mapping


def parse_tree(
    text: str, problems: Problems, *, what: str = "a policy", begins: str = "policy: NAME"
) -> Mapping | None:
    """The document as a tree; None after a problem that hides the rest.

    ``what`` it is and how it ``begins`` are for the author.
    """
    if len(text.encode("utf-8", "surrogatepass")) > TEXT_BYTES_MAX:
        problems.error(START, "", f"the file is larger than {TEXT_BYTES_MAX:,} bytes")
        return None
    node = _compose(text, problems, what)
    if node is None:
        if not problems.has_errors:
            problems.error(START, "", f"the file is empty; begin with `{begins}`")
        return None
    if not isinstance(node, MappingNode):
        message = f"{what} is `key: value` lines; begin with `{begins}`"
        problems.error(_spot(node), "", message)
        return None
    tree = _Growth(problems).mapping(node, "", 0)
    return None if problems.has_errors and not tree.entries else tree


class _ShallowScanner(RoundTripScanner):
    """Stops at brackets nested too deeply: the cost of a token grows with those left open."""

    def fetch_flow_collection_start(self, TokenClass: Any, to_push: str) -> None:  # noqa: N803 - ruamel's
        if len(self.flow_context) >= DEPTH_MAX:
            raise ScannerError(None, None, "brackets are nested too deeply", self.reader.get_mark())
        super().fetch_flow_collection_start(TokenClass, to_push)


def _compose(text: str, problems: Problems, what: str) -> Node | None:
    try:
        yaml = YAML(typ="rt", pure=True)
        yaml.Scanner = _ShallowScanner
        node: Node | None = yaml.compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        spot = Spot(mark.line + 1, mark.column + 1) if mark else START
        problems.error(spot, "", f"this is not YAML: {error.problem or error.context}")
        return None
    except RecursionError:
        problems.error(START, "", f"this is not {what}: it is nested too deeply")
        return None
    except (YAMLError, YAMLStreamError, ValueError) as error:
        problems.error(START, "", f"this is not YAML: {str(error).splitlines()[0]}")
        return None
    return node


class _Growth:
    """Turns nodes into the tree, within bounds of size and depth."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._nodes = 0

    def tree(self, node: Node, path: str, depth: int) -> Tree:
        """One value."""
        spot = _spot(node)
        if depth > DEPTH_MAX or self._nodes >= NODES_MAX:
            if self._nodes <= NODES_MAX:
                self._problems.error(spot, path, "this is nested too deeply or repeated too often")
            self._nodes = NODES_MAX + 1
            return Scalar("", quoted=False, spot=spot, path=path)
        self._nodes += 1
        if isinstance(node, MappingNode):
            return self.mapping(node, path, depth)
        if isinstance(node, SequenceNode):
            grown = (self.tree(n, f"{path}[{i}]", depth + 1) for i, n in enumerate(node.value, 1))
            return Sequence(tuple(grown), spot, path)
        if not isinstance(node, ScalarNode):
            raise TypeError(f"ruamel.yaml made a node of an unknown kind: {type(node).__name__}")
        return self._scalar(node, spot, path)

    def mapping(self, node: MappingNode, path: str, depth: int) -> Mapping:
        """A mapping; repeated keys, merge keys and keys that are no text are problems."""
        entries: dict[str, Entry] = {}
        for key_node, value_node in node.value:
            spot = _spot(key_node)
            key = key_node.value if isinstance(key_node, ScalarNode) else None
            if key is None:
                self._problems.error(spot, path, "a key must be plain text")
            elif key == "<<":
                self._problems.error(spot, path, "`<<` is not supported: write the keys out")
            elif key in entries:
                first = entries[key].spot.line
                message = f"`{key}` stands here twice (first in line {first}): keep one"
                self._problems.error(spot, path, message)
            else:
                below = f"{path}.{key}" if path else key
                entries[key] = Entry(key, spot, self.tree(value_node, below, depth + 1))
        return Mapping(tuple(entries.values()), _spot(node), path)

    def _scalar(self, node: ScalarNode, spot: Spot, path: str) -> Scalar:
        tag = str(node.tag)
        if not tag.startswith("tag:yaml.org,2002:"):
            self._problems.error(spot, path, f"remove the tag {tag}: none is needed here")
        return Scalar(str(node.value).strip(), quoted=bool(node.style), spot=spot, path=path)


def _spot(node: Node) -> Spot:
    mark = node.start_mark
    return Spot(mark.line + 1, mark.column + 1) if mark else START
