"""How far engagement is behind, as the metrics show it."""

import time
from types import SimpleNamespace

from router.observe.meters import Meters
from router.roles.streams.engagement.readings import engagement_readings

ACTIVITY = "lead-router.lead.activity"


def event_of(partition, age_s):
    message = SimpleNamespace(partition=partition, timestamp=time.time() - age_s)
    return SimpleNamespace(message=message)


def test_the_oldest_event_of_each_partition_says_how_long_it_has_waited():
    meters = Meters().steps
    waiting = [event_of(1, 90), event_of(0, 30), event_of(1, 10)]
    agent = SimpleNamespace(waiting=lambda: iter(waiting))
    watch = SimpleNamespace(lags=lambda: {0: 1, 1: 700, 2: 3}, answer_age_s=4.0)
    shown = {
        (gauge.name, labels[-1]): round(value)
        for gauge, labels, value in engagement_readings(meters, ACTIVITY, watch, agent)
    }
    assert shown == {
        (meters.partitions.name, "open"): 3,
        (meters.lag_records.name, "0"): 1,
        (meters.lag_records.name, "1"): 700,
        (meters.lag_records.name, "2"): 3,
        (meters.waiting_seconds.name, "0"): 30,
        (meters.waiting_seconds.name, "1"): 90,
        (meters.waiting_seconds.name, "2"): 0,
        **{(meters.fetch_age_seconds.name, number): 4 for number in "012"},
    }
