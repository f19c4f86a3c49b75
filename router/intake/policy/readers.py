"""Typed values out of the tree; what does not fit becomes a problem and a placeholder.

A placeholder never decides anything: after an error no policy is returned.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from router.intake.files.problems import Problems, Spot, did_you_mean, listed
from router.intake.policy import scalars
from router.intake.policy.scalars import MONEY, WHOLE, Range, Unit
from router.intake.policy.tree import Mapping, Scalar, Tree
from router.intake.policy.tree import Sequence as Items

ChoiceT = TypeVar("ChoiceT", bound=str)
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
SPACED_NAME = re.compile(r"\w[^\x00-\x1f]{0,99}")


@dataclass(slots=True)
class Reader:
    """Reads values of one file; ``money`` is the policy currency's unit."""

    problems: Problems
    money: Unit = MONEY
    money_was_read: Spot | None = None

    def wrong(self, tree: Tree, message: str) -> None:
        """Report ``tree``."""
        self.problems.error(tree.spot, tree.path, message)

    def doubtful(self, tree: Tree, message: str) -> None:
        """Warn of ``tree``."""
        self.problems.warn(tree.spot, tree.path, message)

    # -- shapes ---------------------------------------------------------------------------

    def mapping(self, tree: Tree | None, keys: Sequence[str] | None, what: str) -> Mapping | None:
        """``tree`` as a mapping with only ``keys`` (None: any); None when absent or wrong."""
        if tree is None or (isinstance(tree, Scalar) and tree.is_null):
            return None
        if not isinstance(tree, Mapping):
            form = f"{{{keys[0]}: …}}" if keys else "NAME: …"
            self.wrong(tree, f"{what} is written as `key: value`, such as `{form}`")
            return None
        if keys is not None:
            self.only(tree, keys, what)
        return tree

    def only(self, tree: Mapping, keys: Sequence[str], what: str) -> None:
        """Report the keys of ``tree`` that are not among ``keys``."""
        for entry in tree.entries:
            if entry.key not in keys:
                hint = did_you_mean(entry.key, keys) or f"; its keys are: {listed(keys, limit=30)}"
                message = f"{what} has no `{entry.key}`{hint}"
                self.problems.error(entry.spot, entry.value.path, message)

    def items(self, tree: Tree | None, what: str) -> tuple[Tree, ...]:
        """``tree`` as a list; nothing when absent."""
        if tree is None:
            return ()
        if not isinstance(tree, Items):
            self.wrong(tree, f"{what} is a list: write `- …` lines or `[…, …]`")
            return ()
        return tree.items

    def one_or_more(self, tree: Tree | None) -> tuple[Tree, ...]:
        """``tree`` alone or its items: a list means any of."""
        if tree is None:
            return ()
        return tree.items if isinstance(tree, Items) else (tree,)

    def named(
        self, tree: Tree | None, what: str, *, spaces: bool = False
    ) -> list[tuple[str, Tree]]:
        """The named entries of a section; odd names are problems."""
        mapping = self.mapping(tree, None, what)
        found: list[tuple[str, Tree]] = []
        for entry in mapping.entries if mapping else ():
            if (SPACED_NAME if spaces else NAME).fullmatch(entry.key):
                found.append((entry.key, entry.value))
            else:
                message = f"`{entry.key}` cannot name {what}: use letters, digits, `-` and `_`"
                self.problems.error(entry.spot, entry.value.path, message)
        return found

    # -- scalars --------------------------------------------------------------------------

    def text(self, tree: Tree | None, what: str, default: str = "") -> str:
        """Plain text."""
        if tree is None:
            return default
        if isinstance(tree, Scalar) and tree.text:
            return tree.text
        self.wrong(tree, f"{what} is one word or a quoted text")
        return default

    def identifier(self, tree: Tree, what: str) -> str:
        """A name of letters, digits, ``-`` and ``_``."""
        given = self.text(tree, what)
        if given and not NAME.fullmatch(given):
            self.wrong(tree, f"{what} `{given}` must be letters, digits, `-` and `_`")
        return given

    def texts(self, tree: Tree | None, what: str) -> tuple[str, ...]:
        """One text or a list of them."""
        return tuple(self.text(item, what) for item in self.one_or_more(tree))

    def choice(
        self, tree: Tree | None, choices: tuple[ChoiceT, ...], what: str, default: ChoiceT
    ) -> ChoiceT:
        """One of ``choices``."""
        if tree is None:
            return default
        given = self.text(tree, what)
        for choice in choices:
            if choice == given:
                return choice
        if given:
            hint = did_you_mean(given, choices) or f"; choose from: {listed(choices)}"
            self.wrong(tree, f"{what} cannot be `{given}`{hint}")
        return default

    def truth(self, tree: Tree, what: str) -> bool:
        """``true`` or ``false``."""
        if isinstance(tree, Scalar) and tree.text.casefold() in ("true", "false"):
            return tree.text.casefold() == "true"
        self.wrong(tree, f"{what} is `true` or `false`")
        return False

    def known(self, tree: Tree, given: str, names: Iterable[str], what: str, plural: str) -> bool:
        """Whether ``given`` is one of the ``names`` that the file defines; reported if not."""
        defined = tuple(names)
        if given in defined or not given:
            return bool(given)
        hint = did_you_mean(given, defined)
        hint += "" if hint else ";"
        self.wrong(tree, f"{what} `{given}` is not defined{hint} {plural} are: {listed(defined)}")
        return False

    def duration(
        self, tree: Tree | None, what: str, *, least_ms: int = 1_000, most_ms: int | None = None
    ) -> int | None:
        """A duration in milliseconds; None when absent."""
        if tree is None:
            return None
        given = self.text(tree, what)
        ms = scalars.duration_ms(given)
        if given and ms is None:
            self.wrong(tree, f"{what} `{given}` is no duration: write 30d, 4h, 5m, 90s or 1w")
        elif ms is not None and ms < least_ms:
            self.wrong(tree, f"{what} `{given}` is too short")
        elif ms is not None and most_ms is not None and ms > most_ms:
            most = f"{most_ms // scalars.DAY_MS}d"
            self.wrong(tree, f"{what} `{given}` is too long: {most} at most")
        return 0 if ms is None else ms

    def amount(self, tree: Tree | None, what: str) -> int:
        """Money in minor units of the policy's currency; never negative."""
        if tree is None:
            return 0
        self.note_money(tree)
        given = self.text(tree, what)
        value = scalars.number(given)
        minor = None if value is None else self.money.of(value)
        if given and (minor is None or minor < 0):
            form = "write a plain number such as 1200 or 49.90, without a currency sign"
            self.wrong(tree, f"{what} `{given}` is no amount: {form}")
        return minor or 0

    def note_money(self, tree: Tree) -> None:
        """Remember that an amount depends on the policy's currency."""
        self.money_was_read = self.money_was_read or tree.spot

    def whole(self, tree: Tree | None, what: str, low: int, high: int, default: int) -> int:
        """A whole number from ``low`` to ``high``."""
        if tree is None:
            return default
        given = self.text(tree, what)
        value = scalars.number(given) if given else None
        units = None if value is None else WHOLE.of(value)
        if given and (units is None or not low <= units <= high):
            self.wrong(tree, f"{what} `{given}` must be a whole number from {low} to {high}")
        return default if units is None else units

    def permille(self, tree: Tree | None, what: str, high: int, default: int) -> int:
        """A share such as ``0.8`` or ``80%`` in thousandths, from 0 to ``high``."""
        if tree is None:
            return default
        given = self.text(tree, what)
        share = scalars.share_permille(given) if given else None
        if given and (share is None or not 0 <= share <= high):
            self.wrong(tree, f"{what} `{given}` must be a share up to {high / 1000:g}, such as 0.5")
        return default if share is None else share

    def bounds(self, spot_of: Tree | Spot, path: str, text: str, unit: Unit) -> Range | None:
        """A range; reported at ``spot_of`` if it is none."""
        found = scalars.number_range(text, unit)
        if found is None:
            spot = spot_of if isinstance(spot_of, Spot) else spot_of.spot
            form = "write 250+, 50-249, `under 500`, `over 100` or a number"
            form += ", without commas" if "," in text else ""
            self.problems.error(spot, path, f"`{text}` is no range: {form}")
        return found

    def moment(self, tree: Tree | None, what: str, default: int) -> int:
        """A time in milliseconds since the epoch."""
        if tree is None:
            return default
        given = self.text(tree, what)
        ms = scalars.moment_ms(given) if given else None
        if given and ms is None:
            form = 'write "2027-01-04T08:00:00Z" or a date'
            self.wrong(tree, f"{what} `{given}` is no time: {form}, with Z or an offset")
        return default if ms is None else ms
