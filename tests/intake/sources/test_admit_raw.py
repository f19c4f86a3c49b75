"""A record of a raw topic that grows when it is written anew becomes a dead letter."""

from __future__ import annotations

from dataclasses import replace

from router.intake.contract.dead_letter import DeadLetterReason
from router.intake.records.context import IntakeContext
from router.intake.sources.admit import RawActivity, admit_raw
from router.intake.sources.source import make_source
from router.settings import Settings
from router.source_settings import SourceSettings
from tests.intake.sources import vendor_bodies as sent

NOW_MS = 1_800_000_000_000


def test_an_activity_that_grew_beyond_the_largest_value_is_refused_alone():
    source = make_source("segment", SourceSettings(kind="segment"))
    context, body = IntakeContext.of(Settings()), sent.encoded(sent.PAGE)
    (activity,) = admit_raw(source, body, (), NOW_MS, context)
    assert isinstance(activity, RawActivity)
    assert len(activity.value) > len(body)
    small = replace(context, value_bytes_max=len(body))
    (refused,) = admit_raw(source, body, (), NOW_MS, small)
    assert refused.reason is DeadLetterReason.TOO_LARGE
