"""Each kind of bad input has its own reason, on every input topic, before any broker is asked."""

import time

import pytest

from router.intake import Admitted, IntakeContext, admit, decode_event
from tests.e2e.bad_input.bad_records import ROLES, bad_records, sound
from tests.e2e.bad_input.company import encoded

CONTEXT = IntakeContext(frozenset({"main"}), "main", b"a key for tests")
NOW_MS = time.time_ns() // 1_000_000
LATIN = b"M\xfcller"


@pytest.mark.parametrize(
    ("role", "bad"),
    [(role, bad) for role in ROLES for bad in bad_records(role)],
    ids=lambda each: each if isinstance(each, str) else each.what,
)
def test_a_bad_record_is_refused_with_its_reason(role, bad):
    answer = admit(role, None, bad.key, bad.value, bad.headers, NOW_MS, CONTEXT)
    assert not isinstance(answer, Admitted)
    assert answer.reason == bad.reason, answer.detail
    assert answer.detail.isprintable()


@pytest.mark.parametrize("role", ROLES)
def test_what_the_bad_records_were_made_from_is_good(role):
    headers = (("ce_note", LATIN), ("x", LATIN), ("traceparent", LATIN))
    answer = admit(role, None, LATIN, encoded(sound(role)), headers, NOW_MS, CONTEXT)
    assert isinstance(answer, Admitted), answer
    decode_event(answer.value)
