"""Leads with equal needs, in order, and who of the reps could serve them.

The key of a class is text, so that a lead can keep it and a restart gives the same classes: the
reason that was told for the wait, and the need. A key without a need is of leads that nobody has
looked at since something changed. A need is a JSON list, what is empty at its end left out:
``all_at_cap[[["emea-inside","rest","en"]],[[3,"field",0]]]`` is one pool of which a rep must serve
the territory ``rest`` and speak ``en``, and rep 3 by name. In order:

1. options: pool, territory, language, skill, seniority, as the policy would try them;
2. reps by name: permanent number, channel, and how (:data:`PRESENT` and those beside it);
3. the lead source, where a cap counts it;
4. 1 where new reps may not have it;
5. who rejected it, or missed it a short while ago, a hexadecimal mask.
"""

from __future__ import annotations

import json
from typing import Any, Final

from router.core.compiled.compiled_policy import CompiledPolicy
from router.core.model.assignment import Reason
from router.core.model.pool import Pool
from router.core.model.rep import Named

Item = tuple[int, int, str]
"""Rank (smaller goes first), time of arrival, lead id: a lead's place among all that wait."""

FIRST: Final = -(1 << 62)
"""The rank of what waits for a joiner: it is theirs already."""
START: Final[Item] = (FIRST, 0, "")
"""Before everything that waits."""

PRESENT: Final = 0
"""Such a rep must be free of leave."""
OWNER: Final = 1
"""An account's owner: a short leave does not count."""
URGENT: Final = 2
"""An owner whose daily cap does not count either."""
AWAY: Final = 3
"""An owner on a long leave: the lead waits for them, and is looked at when it ends."""

UNKNOWN: Final = ""
"""The need of a lead that nobody has looked at; alone, of one of which an older core knew."""
_FOR_AN_OWNER: Final = (Reason.OWNER_AT_CAP.value, Reason.OWNER_AWAY.value)
JOINER: Final = "@"
"""Begins the key of leads that wait for somebody to join; the rep's id follows."""


def need_of(
    options: list[list[str | None]],
    named: list[Named],
    source: str | None,
    *,
    new_barred: bool,
    declined: int,
) -> str:
    """The need of a lead: any of ``options``, or of the reps ``named``."""
    parts: list[Any] = [
        [_trimmed(option) for option in options],
        named,
        source,
        int(new_barred),
        f"{declined:x}" if declined else "",
    ]
    return json.dumps(_trimmed(parts), separators=(",", ":"))


def _trimmed(values: list[Any]) -> list[Any]:
    end = len(values)
    while end > 0 and not values[end - 1]:
        end -= 1
    return values[:end]


def reason_in(key: str) -> str:
    """The reason that was told to the leads of a class; empty if none was."""
    return key.partition("[")[0]


class WaitingClass:
    """One class. ``items`` are sorted; ``served``: who may serve it, by channel and pool."""

    __slots__ = (
        "compiled", "declined", "is_known", "items", "joiner", "key", "named", "new_barred",
        "options", "reason", "served", "source",
    )  # fmt: skip

    def __init__(self, key: str) -> None:
        """Empty; ``key`` is a reason with a need or without, or :data:`JOINER` with a rep's id."""
        self.key = key
        # Of `Item`: compiled, a tuple whose length is known is taken apart at every look.
        self.items: list[Any] = []
        self.joiner: str | None = key[1:] if key[:1] == JOINER else None
        self.reason = reason_in(key)
        self.is_known = self.joiner is None and len(self.reason) < len(key)
        parts: list[Any] = json.loads(key[len(self.reason) :]) if self.is_known else []
        filled = parts + [None] * (5 - len(parts))
        self.options: list[list[str | None]] = [
            option + [None] * (5 - len(option)) for option in filled[0] or []
        ]
        self.named: list[Named] = [(one[0], one[1], one[2]) for one in filled[1] or []]
        self.source: str | None = filled[2]
        self.new_barred = bool(filled[3])
        self.declined = int(filled[4] or "0", 16)
        self.served: dict[tuple[str, str], int] = {}
        self.compiled: CompiledPolicy | None = None  # those that the masks were made by

    @property
    def awaited(self) -> int | None:
        """The permanent number of the owner whom its leads wait for; None if others will do."""
        return self.named[-1][0] if self.named and self.reason in _FOR_AN_OWNER else None

    def prepare(self, compiled: CompiledPolicy, pools: dict[str, Pool]) -> None:
        """Make the masks: who serves an option, wherever its pool is not paused.

        While a lead's own pool is paused it waits for that one, whatever else would do.
        """
        self.compiled, self.served = compiled, {}
        for place, option in enumerate(self.options):
            table = compiled.pool_by_id.get(option[0] or "")
            remembered = pools.get(option[0] or "")
            if remembered is not None and remembered.paused:
                if place == 0:
                    return
                continue
            if table is None:
                continue
            mask = table.mask & compiled.having(*option[1:]) & ~self.declined
            where = table.channel, table.pool_id
            self.served[where] = self.served.get(where, 0) | mask
