"""Instruments are dictionaries; what Prometheus reads is made of them."""

import re
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from router.observe.exposition import Exposition
from router.observe.instruments import Counter, Gauge, Histogram
from router.observe.meters import Meters

FORBIDDEN_LABELS = re.compile(r"lead|rep|account|pool|email|phone|name|key|value|id$")
"""What could hold a person, or grow without bound; `sales_org` and the like are listed."""


def written(meters):
    return Exposition(meters).written("")[0].decode()


def samples(meters, name):
    return {
        tuple(sample.labels.values()): sample.value
        for family in text_string_to_metric_families(written(meters))
        for sample in family.samples
        if sample.name == name
    }


def test_a_counter_adds_up_by_label():
    meters = Meters()
    meters.steps.records.add("route", "inbox", by=3)
    meters.steps.records.add("route", "inbox", by=4)
    meters.steps.records.add("intake", "leads")
    found = samples(meters, "lead_router_records_total")
    assert found == {("route", "inbox"): 7, ("intake", "leads"): 1}


def test_what_is_read_later_replaces_what_was_read_before():
    meters = Meters()
    partitions = ["0", "1"]
    meters.watch(lambda: [(meters.routing.overdue_seconds, (p,), 2.5) for p in partitions])
    name = "lead_router_clock_overdue_seconds"
    assert samples(meters, name) == {("0",): 2.5, ("1",): 2.5}
    partitions.remove("0")
    assert samples(meters, name) == {("1",): 2.5}, "a partition that has left is not shown"


@given(st.lists(st.floats(min_value=0, max_value=100), max_size=50))
def test_a_histogram_counts_every_value_in_the_buckets_it_fits_into(values):
    bounds = (0.5, 1.0, 10.0)
    meters = Meters()
    histogram = Histogram("lead_router_tried_seconds", "Tried.", bounds)
    meters.process.tried = histogram
    for value in values:
        histogram.observe(value)
    found = samples(meters, "lead_router_tried_seconds_bucket")
    if not values:
        assert found == {}
        return
    expected = {(str(bound),): sum(value <= bound for value in values) for bound in bounds}
    assert found == {**expected, ("+Inf",): len(values)}
    [total] = samples(meters, "lead_router_tried_seconds_sum").values()
    assert total == pytest.approx(sum(values))


def test_a_batch_of_activities_is_counted_by_what_became_of_each():
    meters = Meters()
    meters.streams.count_batch({"added": 5, "repeated": 2, "published": 3})
    meters.streams.count_batch({"added": 1, "refused": 1})
    found = samples(meters, "lead_router_activities_total")
    assert found == {("added",): 6, ("repeated",): 2, ("refused",): 1}
    assert samples(meters, "lead_router_engagement_published_total") == {(): 3}


def test_names_and_labels_follow_the_conventions_of_prometheus():
    for instrument in Meters().instruments():
        assert instrument.name.startswith("lead_router_")
        assert instrument.name.endswith("_total") == isinstance(instrument, Counter)
        assert not re.search(r"_(ms|milliseconds|minutes|kb|mb|percent)\b", instrument.name)
        assert instrument.text.endswith("."), instrument.name
        if isinstance(instrument, Histogram):
            assert list(instrument.bounds) == sorted(set(instrument.bounds))
    names = [instrument.name for instrument in Meters().instruments()]
    assert len(names) == len(set(names))


def test_no_label_can_hold_a_lead_a_rep_or_a_person():
    names = {name for each in Meters().instruments() for name in each.label_names}
    assert {name for name in names if FORBIDDEN_LABELS.search(name)} == set()


def test_promtool_finds_nothing_to_complain_about():
    meters = Meters()
    for instrument in meters.instruments():
        labels = ["x"] * len(instrument.label_names)
        if isinstance(instrument, Counter):
            instrument.add(*labels)
        elif isinstance(instrument, Gauge):
            instrument.set(1, *labels)
        else:
            instrument.observe(1, *labels)
    checked = subprocess.run(
        [shutil.which("promtool"), "check", "metrics"],
        input=written(meters),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_a_prometheus_that_asks_for_openmetrics_gets_it():
    text, content_type = Exposition(Meters()).written("application/openmetrics-text;version=1.0.0")
    assert content_type.startswith("application/openmetrics-text")
    assert text.endswith(b"# EOF\n")
