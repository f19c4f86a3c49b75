"""A history valued by a policy: integer arithmetic only, so that anyone can compute it again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from router.core.compiled.decay import decayed
from router.core.model.policy import Band, EngagementLine
from router.roles.streams.engagement.history import DAY_MS, History, Published

POINTS_MILLI_MAX = 10**9
"""What the contract of ``lead.engagement`` holds."""

_DEFAULT_HALF_LIFE_MS = 7 * DAY_MS


class Scale(NamedTuple):
    """What a policy says about engagement: points and half-life of each type, and the bands."""

    lines: dict[str, tuple[int, int]]
    edges_milli: tuple[int, ...]

    @classmethod
    def of(cls, lines: Sequence[EngagementLine], bands: Sequence[Band]) -> Scale:
        """The scale of a policy's lines and bands."""
        return cls(
            {line.activity_type: (line.points, line.half_life_ms) for line in lines},
            tuple(1_000 * band.low for band in bands if band.low is not None),
        )


def valued(history: History, scale: Scale, now_ms: int) -> Published:
    """The engagement of a lead at ``now_ms``: what each activity is still worth, added up.

    Its half-life is that of the type which weighs most; of equals, the first by name.
    """
    lines = [scale.lines.get(name) for name in history.types]
    sums = [0] * len(lines)
    for at_ms, _, index, weight_milli in history.singles.values():
        line = lines[index]
        if line is not None:
            sums[index] += decayed(line[0] * weight_milli, now_ms - at_ms, line[1])
    for index, of_type in history.days.items():
        line = lines[index]
        if line is not None:
            for day, weight_milli in of_type.items():
                sums[index] += decayed(line[0] * weight_milli, now_ms - day * DAY_MS, line[1])
    total = min(sum(sums), POINTS_MILLI_MAX)
    return Published(total, now_ms, _half_life_ms(history.types, lines, sums))


def _half_life_ms(
    types: Sequence[str], lines: Sequence[tuple[int, int] | None], sums: Sequence[int]
) -> int:
    most, first, half_life_ms = 0, "", _DEFAULT_HALF_LIFE_MS
    for name, line, points_milli in zip(types, lines, sums, strict=True):
        if line is None or points_milli < most or points_milli == 0:
            continue
        if points_milli > most or name < first:
            most, first, half_life_ms = points_milli, name, line[1]
    return half_life_ms


def is_news(value: Published, before: Published | None, scale: Scale, step_milli: int) -> bool:
    """Whether ``value`` is to be published: route, by decaying ``before``, is too far off.

    Too far is ``step_milli`` or more, or on the other side of a band's edge. The first points are
    always news.
    """
    if before is None:
        return value.points_milli > 0
    assumed = decayed(before.points_milli, value.at_ms - before.at_ms, before.half_life_ms)
    if abs(value.points_milli - assumed) >= step_milli:
        return True
    if value.points_milli == assumed:
        return False
    low, high = sorted((value.points_milli, assumed))
    return any(low < edge <= high for edge in scale.edges_milli)
