"""The contract's twin takes nothing that pydantic refuses, and reads it in the same way."""

import json
from copy import deepcopy
from typing import Annotated

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import StringConstraints, ValidationError
from typing_extensions import TypedDict

from router.intake.contract.examples import EXAMPLES
from router.intake.wire.fast_contract import twin_of
from router.intake.wire.findings import Findings
from router.intake.wire.lead_reader import LEAD_CONTRACT, lead_of, plain_lead

SPOILT = st.one_of(
    st.sampled_from(
        [None, True, False, 0, -1, 1.0, 1.5, -0.0, 2**53, 2**63, 10**30, 1e300, "", " x", "x\x1f",
         "x\u3000", "\x85x", "5", "5\n", "EUR", "EUR\n", "b2b", "granted", [], ["x"], [1],
         ["x"] * 22, {}, {"a": 1}, {"": 1}, {"amount": 1, "currency": "EUR"}]
    ),
    st.sampled_from([20, 40, 41, 64, 65, 128, 129, 256, 257, 512, 513]).map(lambda n: "é" * n),
    st.sampled_from([50, 51]).map(lambda n: {f"name-{number}": number for number in range(n)}),
    st.text(max_size=30),
)  # fmt: skip


def places_in(value, path=()):
    """Every place inside a lead event, with those of fields that the example lacks."""
    for name, part in value.items():
        yield (*path, name)
        if isinstance(part, dict):
            yield from places_in(part, (*path, name))


def spoil(lead, path, value):
    for step in path[:-1]:
        lead = lead.get(step) if isinstance(lead, dict) else None
    if isinstance(lead, dict):
        lead[path[-1]] = deepcopy(value)  # a sampled one is the same object each time


def as_contract(value):
    """What pydantic makes of it, or None."""
    try:
        return LEAD_CONTRACT.validate_python(json.loads(value))
    except ValidationError:
        return None


@settings(max_examples=1_000)
@given(
    number=st.integers(0, len(EXAMPLES["lead-event"]) - 1),
    changes=st.lists(st.tuples(st.integers(0), SPOILT), max_size=3),
)
def test_what_the_twin_takes_pydantic_takes_as_the_same(number, changes):
    lead = json.loads(json.dumps(EXAMPLES["lead-event"][number]))
    places = [*places_in(lead), ("owner_rep_id",), ("sourced_by_rep_id",), ("campaign", "id")]
    for at, value in changes:
        spoil(lead, places[at % len(places)], value)
    value = json.dumps(lead, ensure_ascii=False).encode("utf-8", "surrogatepass")
    found = plain_lead(value, 1_000_000)
    if found is not None:
        assert msgspec.to_builtins(found) == as_contract(value)


@pytest.mark.parametrize("example", EXAMPLES["lead-event"])
def test_leads_that_keep_to_the_contract_are_plain(example):
    assert plain_lead(json.dumps(example).encode(), 1_000_000) is not None


@pytest.mark.parametrize(
    "more",
    [
        '"request":"demo","request":"demo"',
        '"unknown":1',
        '"custom":{"a":1,"a":1}',
        '"request":"\\u003a","request":""',
        '"company":{"name":"x","street":"y"}',
        '"sourced_by_rep_id":" ann"',
        '"owner_rep_id":"ann\\n"',
    ],
)
def test_a_lead_with_more_to_it_is_left_to_the_long_way(lead, more):
    value = f"{json.dumps(lead())[:-1]},{more}}}".encode()
    assert plain_lead(value, 1_000_000) is None


def test_ids_are_trimmed_as_the_contract_says(lead):
    trimmed = lead_of(lead(lead_id=" l-1\n", owner_rep_id="\u3000ann "), Findings())
    assert (trimmed.lead_id, trimmed.owner_rep_id) == ("l-1", "ann")


def test_a_contract_that_the_twin_cannot_hold_is_told_at_once():
    class Loud(TypedDict):
        word: Annotated[str, StringConstraints(to_upper=True)]

    class Raw(TypedDict):
        raw: bytes

    for message, said in ((Loud, "to_upper"), (Raw, "bytes")):
        with pytest.raises(TypeError, match=said):
            twin_of(message)
