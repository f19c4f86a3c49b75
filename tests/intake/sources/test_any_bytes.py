"""No bytes and no changed body make a source raise, and nothing of them is told or logged."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router.intake import IntakeContext, admit
from router.intake.contract import DeadLetterReason
from router.intake.records.admit import Rejected
from router.intake.sources.found import Arrival, SignatureProblem
from router.intake.sources.source import SourceRecord, make_source
from router.intake.sources.vendors import VENDORS
from router.intake.wire.codec import encode_json
from router.source_settings import SourceSettings
from tests.intake.sources.vendor_bodies import BODIES, RECEIVED_MS, encoded

CONTEXT = IntakeContext(frozenset({"main"}), "main", b"key")
SOURCES = {
    kind: make_source(kind, SourceSettings(kind=kind, secret="whsec_" + "a" * 32))
    for kind in VENDORS
}
MARK = "Zq9-marked-value"
QUICK = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
KINDS = st.sampled_from(sorted(VENDORS))
CONTENT_TYPES = st.sampled_from(
    ["", "application/json", "multipart/form-data; boundary=XyZ", "multipart/form-data",
     "application/x-www-form-urlencoded", "text/csv", "text/plain; charset=\xff"]
)  # fmt: skip
ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(["", "-1", "9" * 40, "\x00", "null", MARK]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


def check(kind: str, body: bytes, content_type: str = "") -> None:
    arrival = Arrival(body, RECEIVED_MS, {"content-type": content_type} if content_type else {})
    for read in SOURCES[kind].read(arrival):
        if isinstance(read, Rejected):
            assert read.reason is not DeadLetterReason.UNEXPECTED_ERROR, read
            assert MARK not in read.detail
        elif isinstance(read, SourceRecord) and read.role != "activity":
            answer = admit(
                read.role, None, None, encode_json(read.record), (), RECEIVED_MS, CONTEXT
            )
            if isinstance(answer, Rejected):
                assert answer.reason is not DeadLetterReason.UNEXPECTED_ERROR, answer
                assert MARK not in answer.detail


def places(body: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a body."""
    inner = body.items() if isinstance(body, dict) else enumerate(body)
    found = [path] if path else []
    if isinstance(body, dict | list):
        for key, value in inner:
            below = (*path, key)
            found += places(value, below) if isinstance(value, dict | list) else [below]
    return found


@QUICK
@given(KINDS, st.binary(max_size=200), CONTENT_TYPES)
def test_any_bytes_are_answered(kind, body, content_type):
    check(kind, body, content_type)


@QUICK
@given(st.sampled_from(BODIES), st.data(), ODD)
def test_a_body_with_anything_anywhere_is_answered(documented, data, odd):
    kind, body = documented
    if isinstance(body, bytes):
        check(kind, body.replace(b"ada@example.com", json.dumps(odd).encode()))
        return
    changed = json.loads(json.dumps(body))
    at = changed
    *way, last = data.draw(st.sampled_from(places(changed)))
    for key in way:
        at = at[key]
    at[last] = odd
    check(kind, encoded(changed))


@QUICK
@given(st.sampled_from(BODIES), st.integers(0, 4_000), st.integers(0, 255), CONTENT_TYPES)
def test_a_body_that_is_cut_or_has_another_byte_is_answered(documented, at, byte, content_type):
    kind, body = documented
    whole = encoded(body)
    check(kind, whole[:at], content_type)
    check(kind, whole[:at] + bytes([byte]) + whole[at + 1 :], content_type)


@QUICK
@given(KINDS, st.binary(max_size=60), st.dictionaries(st.sampled_from([
    "x-hubspot-signature", "x-hubspot-signature-v3", "x-hubspot-request-timestamp",
    "x-hub-signature-256", "x-li-signature", "x-signature", "typeform-signature", "webhook-id",
    "webhook-timestamp", "webhook-signature"]), st.text(max_size=40)))  # fmt: skip
def test_no_header_makes_a_signature_raise_or_pass(kind, body, headers):
    assert isinstance(SOURCES[kind].verify(Arrival(body, RECEIVED_MS, headers)), SignatureProblem)


@pytest.mark.parametrize("kind", sorted(VENDORS))
@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 100_000, b'{"payload":' * 3_000])
def test_a_body_that_is_nested_too_deeply_is_refused(kind, body):
    (read,) = SOURCES[kind].read(Arrival(body, RECEIVED_MS))
    assert isinstance(read, Rejected)
    assert read.reason in {DeadLetterReason.NOT_JSON, DeadLetterReason.TOO_DEEP}


@pytest.mark.parametrize(("kind", "body"), BODIES)
def test_nothing_of_a_request_is_logged_or_shown(kind, body, caplog, capsys):
    marked = encoded(body).replace(b"ada@example.com", MARK.encode())
    arrival = Arrival(marked, RECEIVED_MS, {"x": MARK}, uri=MARK)
    check(kind, marked)
    SOURCES[kind].verify(arrival)
    shown = capsys.readouterr()
    assert MARK not in repr(arrival) + repr(SOURCES[kind]) + caplog.text + shown.out + shown.err
