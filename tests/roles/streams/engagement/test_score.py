"""Histories and what they are worth: any order, any repetition, one value."""

from hypothesis import assume, given
from hypothesis import strategies as st

from router.core.compiled.decay import decayed
from router.core.model.policy import Band, EngagementLine
from router.roles.streams.engagement.codec import decode_history, encode_history, place_in
from router.roles.streams.engagement.history import (
    DAY_MS,
    FORGOTTEN_AFTER_MS,
    Bounds,
    History,
    Published,
)
from router.roles.streams.engagement.score import POINTS_MILLI_MAX, Scale, is_news, valued

NOW_MS = 1_800_000_000_000
TYPES = ("page_view", "demo_request", "webinar", "unsubscribe", "unheard_of")
SCALE = Scale.of(
    [
        EngagementLine("page_view", 1, 2 * DAY_MS),
        EngagementLine("demo_request", 40, 7 * DAY_MS),
        EngagementLine("webinar", 20, 14 * DAY_MS),
    ],
    [Band("hot", 50), Band("warm", 20), Band("cold", None)],
)
ROOMY = Bounds(activities_max=1_000, window_ms=30 * DAY_MS)
STEP_MILLI = 5_000

activities = st.builds(
    dict,
    at_ms=st.integers(NOW_MS - 60 * DAY_MS, NOW_MS),
    digest=st.integers(0, 2**64 - 1),
    activity_type=st.sampled_from(TYPES),
    weight_milli=st.integers(0, 1_000_000),
)
distinct = st.lists(activities, max_size=40, unique_by=lambda each: each["digest"])
bounds = st.builds(Bounds, st.integers(1, 50), st.integers(1, 40).map(lambda days: days * DAY_MS))


def history_of(some, bounds=ROOMY, log_ms=NOW_MS):
    history = History()
    for offset, each in enumerate(some):
        history.advance(offset, log_ms)
        history.add(**each, bounds=bounds)
        history.fold(bounds)
    return history


def value_of(some, bounds=ROOMY, at_ms=NOW_MS):
    return valued(history_of(some, bounds), SCALE, at_ms)


def demo(at_ms=NOW_MS, digest=1, weight_milli=1_000, activity_type="demo_request"):
    return {
        "at_ms": at_ms,
        "digest": digest,
        "activity_type": activity_type,
        "weight_milli": weight_milli,
    }


@given(distinct, st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_within_the_window_give_the_same_value(some, chosen):
    recent = [each for each in some if each["at_ms"] > NOW_MS - ROOMY.window_ms]
    shuffled = recent + [chosen.choice(recent) for _ in range(5 * bool(recent))]
    chosen.shuffle(shuffled)
    assert value_of(shuffled) == value_of(recent)


@given(distinct, bounds, st.randoms(use_true_random=False))
def test_order_does_not_matter_either_for_what_is_folded_into_days(some, bounds, chosen):
    shuffled = list(some)
    chosen.shuffle(shuffled)
    one, other = history_of(some, bounds), history_of(shuffled, bounds)
    assert one.singles == {
        digest: single._replace(type_index=one.types.index(other.types[single.type_index]))
        for digest, single in other.singles.items()
    }
    assert valued(one, SCALE, NOW_MS) == valued(other, SCALE, NOW_MS)


@given(distinct)
def test_the_value_is_the_sum_of_what_each_activity_is_still_worth(some):
    expected = sum(
        decayed(line[0] * each["weight_milli"], NOW_MS - at_ms, line[1])
        for each in some
        if (line := SCALE.lines.get(each["activity_type"]))
        for at_ms in [each["at_ms"]]
        if at_ms > NOW_MS - ROOMY.window_ms
    ) + sum(  # older than the window: from the start of the day
        decayed(
            line[0] * sum(each["weight_milli"] for each in of_day),
            NOW_MS - day * DAY_MS,
            line[1],
        )
        for (name, day), of_day in _old_by_day(some).items()
        if (line := SCALE.lines.get(name))
    )
    assert value_of(some).points_milli == min(expected, POINTS_MILLI_MAX)


def _old_by_day(some):
    by_day = {}
    for each in some:
        if each["at_ms"] <= NOW_MS - ROOMY.window_ms:
            by_day.setdefault((each["activity_type"], each["at_ms"] // DAY_MS), []).append(each)
    return by_day


@given(distinct, bounds)
def test_a_history_keeps_within_its_bounds_and_loses_no_weight(some, bounds):
    history = history_of(some, bounds)
    assert len(history.singles) <= bounds.activities_max
    assert all(s.at_ms > NOW_MS - bounds.window_ms for s in history.singles.values())
    kept = sum(s.weight_milli for s in history.singles.values()) + sum(
        weight for of_type in history.days.values() for weight in of_type.values()
    )
    assert kept == sum(each["weight_milli"] for each in some)


@given(distinct, bounds, st.none() | st.tuples(st.integers(0, 10**9), st.just(NOW_MS), st.just(9)))
def test_bytes_hold_all_of_a_history(some, bounds, published):
    history = history_of(some, bounds)
    history.published = Published(*published) if published else None
    value = encode_history(history)
    assert decode_history(value) == history
    assert place_in(value) == (history.log_ms, history.next_offset)


@given(st.binary(max_size=60))
def test_other_bytes_are_no_history(value):
    try:
        decode_history(value)
    except ValueError as error:
        assert "history" in str(error)  # noqa: PT017 - most bytes raise, a few may not


@given(distinct, st.integers(0, 100 * DAY_MS))
def test_without_new_activity_points_only_fade(some, later_ms):
    assert value_of(some, at_ms=NOW_MS + later_ms).points_milli <= value_of(some).points_milli


def test_a_record_that_comes_a_second_time_is_known_by_its_place():
    history = history_of([demo()])
    assert history.holds(0, NOW_MS)
    assert not history.holds(1, NOW_MS)


def test_offsets_that_begin_anew_are_not_taken_for_known_ones():
    history = history_of([demo()])
    assert not history.holds(0, NOW_MS + 1)


def test_what_is_older_than_all_memory_counts_nothing():
    assert not History(log_ms=NOW_MS).add(**demo(NOW_MS - FORGOTTEN_AFTER_MS), bounds=ROOMY)


def test_days_are_forgotten_after_400_days():
    history = history_of([demo(NOW_MS - 40 * DAY_MS)])
    assert history.days
    history.advance(1, NOW_MS + FORGOTTEN_AFTER_MS)
    history.fold(ROOMY)
    assert not history.days


def test_a_type_the_policy_does_not_know_counts_when_a_later_policy_does():
    history = history_of([demo(activity_type="unheard_of")])
    assert valued(history, SCALE, NOW_MS).points_milli == 0
    later = Scale.of([EngagementLine("unheard_of", 3, DAY_MS)], [])
    assert valued(history, later, NOW_MS) == Published(3_000, NOW_MS, DAY_MS)


def test_the_half_life_is_that_of_what_weighs_most():
    views = [demo(digest=n, activity_type="page_view") for n in range(10, 29)]
    webinar = demo(digest=1, activity_type="webinar")
    assert value_of([*views, webinar]).half_life_ms == 14 * DAY_MS
    assert value_of([*views, *[demo(digest=2, activity_type="page_view")] * 1]).half_life_ms == (
        2 * DAY_MS
    )


def test_of_types_that_weigh_the_same_the_first_by_name_gives_the_half_life():
    some = [demo(digest=1, weight_milli=500), demo(digest=2, activity_type="webinar")]
    assert value_of(some).half_life_ms == value_of(some[::-1]).half_life_ms == 7 * DAY_MS


def test_the_first_points_are_news_and_no_points_are_none():
    assert is_news(Published(1, NOW_MS, DAY_MS), None, SCALE, STEP_MILLI)
    assert not is_news(Published(0, NOW_MS, DAY_MS), None, SCALE, STEP_MILLI)


def test_a_step_from_what_route_assumes_is_news():
    before = Published(10_000, NOW_MS, DAY_MS)
    assert not is_news(Published(14_999, NOW_MS, DAY_MS), before, SCALE, STEP_MILLI)
    assert is_news(Published(15_000, NOW_MS, DAY_MS), before, SCALE, STEP_MILLI)
    day_later = NOW_MS + DAY_MS
    assert is_news(Published(10_000, day_later, DAY_MS), before, SCALE, STEP_MILLI)
    assert not is_news(Published(5_000, day_later, DAY_MS), before, SCALE, STEP_MILLI)


def test_crossing_the_edge_of_a_band_is_news_however_small_the_step():
    before = Published(19_999, NOW_MS, DAY_MS)
    assert is_news(Published(20_000, NOW_MS, DAY_MS), before, SCALE, STEP_MILLI)
    assert not is_news(Published(19_000, NOW_MS, DAY_MS), before, SCALE, STEP_MILLI)
    above = before._replace(points_milli=20_000)
    assert is_news(Published(19_999, NOW_MS, DAY_MS), above, SCALE, STEP_MILLI)


@given(st.integers(0, 100_000), st.integers(-STEP_MILLI, STEP_MILLI))
def test_what_is_not_news_is_never_in_another_band_or_a_step_away(value, moved):
    before = max(0, value + moved)
    fresh, published = Published(value, NOW_MS, DAY_MS), Published(before, NOW_MS, DAY_MS)
    assume(not is_news(fresh, published, SCALE, STEP_MILLI))
    assert abs(value - before) < STEP_MILLI
    for edge in (20_000, 50_000):
        assert (value >= edge) == (before >= edge)
