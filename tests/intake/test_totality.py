"""Whatever bytes arrive, admit() answers with a record or a reason."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.intake import Admitted, DeadLetterReason, IntakeContext, Rejected, admit, decode_event
from router.intake.contract.examples import EXAMPLES

ROLES = ["leads", "raw", "engagement", "roster", "accounts", "policies", "feedback", "commands"]
CONTEXT = IntakeContext(frozenset({"main"}), "main", b"k", value_bytes_max=20_000)
NOW_MS = 1_795_435_200_000
EXAMPLE_OF = {
    "leads": "lead-event",
    "engagement": "engagement",
    "roster": "roster-entry",
    "accounts": "account",
    "policies": "policy",
    "feedback": "feedback",
    "commands": "command",
}

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=40),
    st.sampled_from(["", "a@b.co", "DE", "2026-11-23T09:30:00Z", "2026-12-24", 10**400, -0.0]),
)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner),
    max_leaves=12,
)
headers = st.lists(
    st.tuples(
        st.sampled_from(
            ["ce_specversion", "ce_type", "ce_id", "content-type", "traceparent", "sales_org"]
        ),
        st.one_of(
            st.binary(max_size=60),
            st.sampled_from([b"1.0", b"application/cloudevents+json", b"main", b"x.submitted"]),
        ),
    ),
    max_size=4,
)


def check_answer(role, value, key=None, headers=()):
    answer = admit(role, "hubspot", key, value, headers, NOW_MS, CONTEXT)
    assert isinstance(answer, Admitted | Rejected)
    if isinstance(answer, Admitted):
        assert answer.value.startswith(b'{"kind":"')
        decode_event(answer.value)
    else:
        assert answer.reason is not DeadLetterReason.UNEXPECTED_ERROR, answer
        assert answer.detail


@given(role=st.sampled_from(ROLES), value=st.none() | st.binary(max_size=300), headers=headers)
def test_random_bytes_are_answered(role, value, headers):
    check_answer(role, value, headers=headers)


@given(role=st.sampled_from(ROLES), key=st.none() | st.binary(max_size=40), headers=headers)
def test_null_values_are_answered(role, key, headers):
    check_answer(role, None, key, headers)


@given(role=st.sampled_from(ROLES), value=trees, headers=headers)
def test_random_json_is_answered(role, value, headers):
    check_answer(role, json.dumps(value).encode(), headers=headers)


def paths_of(value, path=()):
    """Every place inside a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for step, part in inner:
        yield (*path, step)
        if isinstance(part, dict | list):
            yield from paths_of(part, (*path, step))


@pytest.mark.parametrize("role", EXAMPLE_OF)
@settings(max_examples=300)
@given(choice=st.data())
def test_an_example_with_one_part_replaced_is_answered(role, choice):
    example = json.loads(json.dumps(choice.draw(st.sampled_from(EXAMPLES[EXAMPLE_OF[role]]))))
    *way, last = choice.draw(st.sampled_from(list(paths_of(example))))
    place = example
    for step in way:
        place = place[step]
    place[last] = choice.draw(trees)
    check_answer(role, json.dumps(example).encode())


@given(choice=st.data())
def test_an_example_with_one_byte_changed_is_answered(choice):
    role = choice.draw(st.sampled_from(list(EXAMPLE_OF)))
    value = bytearray(json.dumps(EXAMPLES[EXAMPLE_OF[role]][0]).encode())
    value[choice.draw(st.integers(0, len(value) - 1))] = choice.draw(st.integers(0, 255))
    check_answer(role, bytes(value))
