"""One line for each assignment: columns, then the lead's id, which is never cut.

An id is what is copied into the next command, so it stands last, where a long one moves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from router.cli.output.outcome_tables import in_words, whole_money
from router.core.model.assignment import Assignment

_WIDE = 100
_STYLES = {
    "queued": "yellow",
    "escalated": "yellow",
    "reassigned": "cyan",
    "handed_off": "cyan",
    "nurtured": "dim",
    "closed": "dim",
    "merged": "dim",
}


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths by what there is room for."""

    rep: int
    reason: int
    score: int

    @classmethod
    def for_width(cls, width: int) -> Columns:
        """With the score from 100 columns on, without it below."""
        return cls(14, 14, 8) if width >= _WIDE else cls(11, 12, 0)

    def head(self) -> str:
        """The line above all."""
        return self._line(
            "UTC time", "outcome", "rep", "channel", "reason", "value", "score", "lead"
        )

    def row(self, decision: Assignment, names: Mapping[str, str]) -> str:
        """One assignment."""
        value, score = decision.get("value"), decision.get("score")
        rep_id = decision.get("rep_id", "")
        return self._line(
            decision["decided_at"][11:19],
            in_words(decision["outcome"]),
            _cut(names[rep_id], self.rep) if names.get(rep_id) else rep_id or "-",
            decision.get("sales_channel", "-"),
            in_words(decision["reason"]),
            whole_money(value["expected_minor"], value["currency"]) if value else "-",
            f"{score['total']} {score['band']}" if score else "-",
            decision["lead_id"],
        )

    def _line(self, *cells: str) -> str:
        time, outcome, rep, channel, reason, value, score, lead = cells
        line = (
            f"{time:8} {_cut(outcome, 10)} {rep:{self.rep}} {_cut(channel, 7)}"
            f" {_cut(reason, self.reason)} {value:>13}"
        )
        return f"{line}  {_cut(score, self.score)} {lead}" if self.score else f"{line}  {lead}"


def style_of(decision: Assignment) -> str:
    """The colour of a line, on a terminal."""
    return _STYLES.get(decision["outcome"], "")


def _cut(text: str, width: int) -> str:
    """Exactly ``width`` columns of ``text``."""
    return text.ljust(width) if len(text) <= width else f"{text[: width - 1]}…"
