"""What a policy file defines, gathered before its lines are read, so that they may refer to it."""

from __future__ import annotations

from dataclasses import dataclass

from router.intake.policy.readers import Reader
from router.intake.policy.tree import Mapping, Scalar, Tree

DEFAULT_MARKET = "everywhere"
DEFAULT_BANDS = {"hot": 70, "warm": 40, "cold": None}


@dataclass(frozen=True, slots=True)
class Names:
    """Names by what they name."""

    markets: tuple[str, ...]
    products: tuple[str, ...]
    bands: tuple[str, ...]
    territories: tuple[str, ...]
    pools: tuple[str, ...]

    def of(self, what: str) -> tuple[str, ...]:
        """The names of every ``market``, ``product``, ``band``, ``territory`` or ``pool``."""
        by_kind = {
            "market": self.markets,
            "product": self.products,
            "band": self.bands,
            "territory": self.territories,
            "pool": self.pools,
        }
        return by_kind[what]


@dataclass(frozen=True, slots=True)
class Draft:
    """What every section needs to be read: the reader and the names."""

    read: Reader
    names: Names


def gather_names(root: Mapping) -> Names:
    """The keys of the defining sections; wrong shapes are reported where they are read."""
    score = root.get("score")
    bands = _keys(score.get("bands")) if isinstance(score, Mapping) else ()
    return Names(
        markets=_keys(root.get("markets")) or (DEFAULT_MARKET,),
        products=_keys(root.get("products")),
        bands=bands or tuple(DEFAULT_BANDS),
        territories=_keys(root.get("territories")),
        pools=_keys(root.get("pools")),
    )


def _keys(tree: Tree | None) -> tuple[str, ...]:
    return tuple(tree.keys()) if isinstance(tree, Mapping) else ()


def written(tree: Tree) -> str:
    """``tree`` in one line, as the author would write it."""
    if isinstance(tree, Scalar):
        return tree.text
    if isinstance(tree, Mapping):
        return ", ".join(f"{entry.key}: {_inner(entry.value)}" for entry in tree.entries)
    return f"[{', '.join(_inner(item) for item in tree.items)}]"


def _inner(tree: Tree) -> str:
    return f"{{{written(tree)}}}" if isinstance(tree, Mapping) else written(tree)
