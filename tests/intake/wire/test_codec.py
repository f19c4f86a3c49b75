"""Inbox records survive the way to bytes and back, and only inbox records do."""

import contextlib
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.core.model.events import (
    Account,
    Command,
    Engagement,
    Facts,
    Feedback,
    LeadEvent,
    PolicyPublished,
    RepCap,
    RosterEntry,
    Tick,
)
from router.core.model.policy import ChannelLine, Market, Policy, Pool
from router.intake import decode_event, encode_event

POLICY = Policy(
    "p", 1, 0, "EUR", (Market("m", ("DE",)),), "m",
    (ChannelLine("inside", (), "all"),), (Pool("a", None, "inside", ()),),
)  # fmt: skip
EVENTS = [
    LeadEvent("e", "submitted", "l", 5, Facts()),
    LeadEvent("e", "updated", "l", 5, Facts(employees=0, custom={"a": True}), ["city"]),
    LeadEvent("e", "imported", "l", 5, Facts(preferred_windows=[(540, 720)], scores={"m": 1.5})),
    Feedback("e", "merged", "l", 5, into_lead_id="l2"),
    Engagement("l", 1500, 5, 1000),
    RosterEntry("r", caps={"inside": RepCap(per_day=3)}, hours=[(0, 1, 2)], utc_offsets=[(-5, 60)]),
    RosterEntry("r", removed=True, weight=0),
    Account("a", domains=["x.example"], employees=3),
    PolicyPublished(POLICY),
    Command("c", "assign", "l", "ops", rep_id="r"),
    Tick(77),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.kind)
def test_an_event_survives_the_way_to_bytes_and_back(event):
    value = encode_event(event)
    assert value.startswith(b'{"kind":"' + event.kind.encode() + b'"')
    decoded = decode_event(value)  # a lead comes back as another class with the same fields
    assert msgspec.to_builtins(decoded) == msgspec.to_builtins(event)
    assert encode_event(decoded) == value


def test_fields_at_their_defaults_are_left_out():
    assert encode_event(RosterEntry("r")) == b'{"kind":"rep","rep_id":"r"}'
    assert json.loads(encode_event(EVENTS[0])) == {
        "kind": "lead",
        "event_id": "e",
        "event_type": "submitted",
        "lead_id": "l",
        "occurred_at_ms": 5,
        "facts": {},
    }


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"{}",
        b'{"kind":"ghost"}',
        b'{"kind":"tick"}',
        b'{"kind":"tick","due_ms":"soon"}',
        b'{"due_ms":1,"kind":"tick"}',
        b'{"kind":"lead","event_id":"e"}',
        encode_event(LeadEvent("e", "submitted", "l", 5, Facts(employees="many"))),
    ],
)
def test_what_is_no_inbox_record_is_refused_without_being_repeated(value):
    with pytest.raises(ValueError, match="not an inbox record") as error:
        decode_event(value)
    assert "many" not in str(error.value)


@given(st.binary(max_size=100), st.sampled_from([b"", b'{"kind":"lead",', b'{"kind":"rep",']))
def test_random_bytes_raise_nothing_but_value_errors(value, start):
    with contextlib.suppress(ValueError):
        assert decode_event(start + value).kind in {"lead", "rep"}
