"""Points: fit by lines, a marketing system's own scores, engagement that fades, bands."""

from __future__ import annotations

from router.core.model.policy import Band, EngagementLine, FitLine, ScoreLine
from router.intake.policy.fields import SCORE_FIELDS
from router.intake.policy.names import DEFAULT_BANDS, Draft, written
from router.intake.policy.scalars import DAY_MS, MINUTE_MS, WHOLE, Range, gaps_and_overlaps
from router.intake.policy.sections.whens import read_when
from router.intake.policy.tree import Mapping, Tree

POINTS_MAX = 10_000
SCORE_KEYS = ("fit", "marketing_scores", "engagement", "bands")
DEFAULT_HALF_LIFE_MS = 7 * DAY_MS


def read_score_section(draft: Draft, tree: Tree | None) -> Mapping | None:
    """The section as a mapping."""
    return draft.read.mapping(tree, SCORE_KEYS, "`score`")


def read_fit(draft: Draft, section: Mapping | None) -> tuple[FitLine, ...]:
    """Every line that matches counts."""
    lines = []
    for item in draft.read.items(section.get("fit") if section else None, "`fit`"):
        line = draft.read.mapping(item, ("points", "when"), "a line of `fit`")
        if line is None:
            continue
        points = draft.read.whole(line.get("points"), "points", -POINTS_MAX, POINTS_MAX, 0)
        if line.get("points") is None:
            draft.read.wrong(item, "this line gives no points: write `points: 20`")
        when = line.get("when")
        label = written(when) if when is not None else "every lead"
        lines.append(FitLine(points, read_when(draft, when, SCORE_FIELDS), label))
    return tuple(lines)


def read_marketing_scores(draft: Draft, section: Mapping | None) -> tuple[ScoreLine, ...]:
    """``{NAME: {times: 0.3, at_most: 30}}``: points for each unit of a given score, capped."""
    lines = []
    tree = section.get("marketing_scores") if section else None
    for name, value in draft.read.named(tree, "a marketing score"):
        line = draft.read.mapping(value, ("times", "at_most"), "a marketing score")
        times = draft.read.permille(line.get("times") if line else None, "times", 1_000_000, 1000)
        cap = draft.read.whole(line.get("at_most") if line else None, "at_most", 1, POINTS_MAX, 100)
        lines.append(ScoreLine(name, times, cap))
    return tuple(lines)


def read_engagement(draft: Draft, section: Mapping | None) -> tuple[EngagementLine, ...]:
    """``{ACTIVITY: {points: 40, half_life: 7d}}``."""
    lines = []
    tree = section.get("engagement") if section else None
    for name, value in draft.read.named(tree, "an activity"):
        line = draft.read.mapping(value, ("points", "half_life"), "an activity")
        points = line.get("points") if line else None
        if points is None:
            draft.read.wrong(
                value, f"`{name}` has no points: write `{{points: 15, half_life: 7d}}`"
            )
        half_life = draft.read.duration(
            line.get("half_life") if line else None, "half_life", least_ms=MINUTE_MS
        )
        lines.append(
            EngagementLine(
                name,
                draft.read.whole(points, "points", 0, POINTS_MAX, 0),
                half_life or DEFAULT_HALF_LIFE_MS,
            )
        )
    return tuple(lines)


def read_bands(draft: Draft, section: Mapping | None) -> tuple[Band, ...]:
    """Named ranges of points from the highest down; together they cover every number."""
    tree = section.get("bands") if section else None
    mapping = draft.read.mapping(tree, None, "`bands`")
    if tree is None or mapping is None:
        return tuple(Band(name, low) for name, low in DEFAULT_BANDS.items())
    found: list[tuple[Range, str]] = []
    for entry in mapping.entries:
        text = draft.read.text(entry.value, "a band")
        bounds = draft.read.bounds(entry.value, entry.value.path, text, WHOLE) if text else None
        if bounds is not None:
            found.append((bounds, entry.key))
    if len(found) == len(mapping.entries):
        _report_cover(draft, tree, found)
    found.sort(key=lambda band: float("-inf") if band[0][0] is None else band[0][0], reverse=True)
    return tuple(Band(name, bounds[0]) for bounds, name in found)


def _report_cover(draft: Draft, tree: Tree, found: list[tuple[Range, str]]) -> None:
    ranges = [bounds for bounds, _ in found]
    gaps, overlapping = gaps_and_overlaps(ranges)
    for index in overlapping:
        draft.read.wrong(tree, f"band `{found[index][1]}` overlaps another")
    for low, high in gaps:
        draft.read.wrong(tree, f"no band holds {low} to {high} points")
    lows = [low for low, _ in ranges]
    if None not in lows:
        least = min(low for low in lows if low is not None)
        draft.read.wrong(tree, f'no band holds less than {least} points: write "under …" for one')
    if all(high is not None for _, high in ranges):
        most = max((high for _, high in ranges if high is not None), default=0)
        draft.read.wrong(tree, f'no band holds more than {most} points: write "…+" for one')
