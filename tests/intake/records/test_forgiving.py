"""A lead is taken with anything in its optional fields, and no other field is read otherwise."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.core.explain.messages import READ_PROBLEMS
from router.core.model.events import ReadProblem
from router.intake import Admitted, IntakeContext, admit, decode_event
from router.intake.contract import Account, Feedback, LeadEvent
from router.intake.contract.examples import EXAMPLES
from router.intake.files.lead_file import LeadDefaults, read_leads
from router.intake.files.problems import FileProblem, Problems
from router.intake.files.record_file import encode, lines_of
from router.intake.files.tables import Filed
from router.intake.records.patch import FACTS_OF, FACTS_OF_TOP, MAPS
from router.intake.wire.documents import read_json_list
from router.intake.wire.findings import Findings
from router.intake.wire.forgiving_json import read_forgiving
from router.intake.wire.mend import mended
from router.offline.router import OfflineRouter
from router.settings import Settings

CONTEXT = IntakeContext(frozenset({"main"}), "main", b"k")
NOW_MS = 1_795_435_200_000
WHOLE = EXAMPLES["lead-event"][0] | {"occurred_at": "2026-11-23T11:59:00Z"}
PLACES = [
    *((outer, name) for outer, fields in FACTS_OF.items() for name in fields),
    *((name,) for name in (*FACTS_OF_TOP, *MAPS, *FACTS_OF)),
    ("contact", "first_name"),
    ("campaign", "click_id"),
    ("expected_value", "amount"),
    ("expected_value", "currency"),
    ("sales_org",),
]
HOLDING = {"consent", "do_not_route"}
"""What cannot be read of these holds the lead, so it is told by its consents."""

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20),
    st.sampled_from(
        ["", " ", "undefined", "N/A", "1.234", "1,234.56", "10k", "-5", "yes", "Denied", "x" * 600,
         "a@b.co", "\ud800", "a\u0000b", "\u200b", 10**400, 1e300, -1, 0, 2.5,
         "<test lead: dummy data for email>", "noreply@corp.example", "gmail.com", "co.uk", "DE"]
    ),
)  # fmt: skip
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


def taken(record) -> dict:
    answer = admit("leads", None, None, json.dumps(record).encode(), (), NOW_MS, CONTEXT)
    assert isinstance(answer, Admitted), answer
    event = decode_event(answer.value)
    assert tuple(event.warnings) == answer.warnings
    return json.loads(answer.value)


def with_value(place, value) -> dict:
    record = json.loads(json.dumps(WHOLE))
    at = record
    for step in place[:-1]:
        at = at.setdefault(step, {})
    at[place[-1]] = value
    return record


def without(place) -> dict:
    record = with_value(place, None)
    at = record
    for step in place[:-1]:
        at = at[step]
    del at[place[-1]]
    return record


def facts_elsewhere(record, place) -> dict:
    """The facts that other fields than the one at ``place`` make."""
    outer, *inner = place
    own: set[str] = set()
    if outer in FACTS_OF:
        names = inner or list(FACTS_OF[outer])
        own = {fact for name in names for fact in FACTS_OF[outer].get(name, ())}
    own |= set(FACTS_OF_TOP.get(outer, ())) | ({outer} if outer in MAPS else set())
    if outer in {"location", "contact"}:  # a country says where a phone is, and what time it is
        own |= {"phone_digest", "utc_offset_minutes", "utc_offset_steps", "state", "test"}
    if outer == "company":
        own |= {"test"}  # a form tool's dummy
    if outer in HOLDING:
        own |= {"consent_email", "consent_phone", "consent_sms"}
    return {name: value for name, value in record["facts"].items() if name not in own}


@settings(max_examples=600)
@given(place=st.sampled_from(PLACES), value=anything)
def test_no_value_of_an_optional_field_refuses_a_lead_or_changes_another_field(place, value):
    record, bare = taken(with_value(place, value)), taken(without(place))
    assert facts_elsewhere(record, place) == facts_elsewhere(bare, place)


UNREADABLE = [
    (("contact", "email"), ["a@b.co"]), (("contact", "phone"), True),
    (("company", "employees"), "some"), (("interest", "quantity"), 2.5),
    (("interest", "segment"), "b2x"), (("expected_value",), {"amount": -1, "currency": "EUR"}),
    (("location", "country"), "Wakanda"), (("request",), {}), (("campaign", "name"), "x" * 300),
    (("scores",), 5), (("custom",), [1]), (("test",), "perhaps"), (("owner_rep_id",), "a@b.co"),
]  # fmt: skip


@pytest.mark.parametrize(("place", "value"), UNREADABLE)
def test_what_cannot_be_read_is_as_if_it_were_not_given_and_is_named(place, value):
    record = taken(with_value(place, value))
    named = [each["field"] for each in record.pop("warnings")]
    assert len(named) == 1
    assert named[0].startswith(".".join(place))
    assert record == taken(without(place))


@pytest.mark.parametrize(("place", "value"), UNREADABLE)
def test_an_update_with_what_cannot_be_read_leaves_what_was_known(place, value):
    record = taken(with_value(place, value) | {"event_type": "updated"})
    assert record.get("cleared", []) == []


@settings(max_examples=300)
@given(
    message=st.sampled_from([LeadEvent, Account, Feedback]),
    body=st.dictionaries(
        st.sampled_from([*LeadEvent.__annotations__, *Account.__annotations__, "amount"]), anything
    ),
)
def test_what_was_mended_reads_as_itself(message, body):
    body = read_forgiving(json.dumps(body))
    once = mended(message, body, Findings())
    again = Findings()
    assert mended(message, once, again) == once
    assert set(again.values()) <= {ReadProblem.NOT_UNDERSTOOD}  # consent stays unreadable
    assert all("consent" in name for name in again)


def by_file(text, file_format) -> Iterator[Filed | FileProblem]:
    return read_leads(lines_of(text), file_format, LeadDefaults(NOW_MS), CONTEXT)


@settings(max_examples=200)
@given(place=st.sampled_from(PLACES), value=anything)
def test_every_way_in_gives_the_same_record_and_the_same_warnings(place, value):
    raw = json.dumps(with_value(place, value))
    answer = admit("leads", None, None, raw.encode(), (), NOW_MS, CONTEXT)
    for text, file_format in ((raw + "\n", "jsonl"), (f"[{raw}]", "json")):
        found = list(by_file(text, file_format))
        (filed,) = [each for each in found if isinstance(each, Filed)]
        value_of_file = encode(filed.record)
        assert admit("leads", None, None, value_of_file, (), NOW_MS, CONTEXT) == answer
        told = {each.path for each in found if isinstance(each, FileProblem)}
        assert told == {each.field for each in answer.warnings}


def test_a_table_gives_what_json_gives():
    table = "event_id,lead_id,occurred_at,value,currency,quantity,opt_out,zip,country,employees\n"
    table += 'e1,l1,2026-11-23T11:59:00Z,"1.234,56",EUR,3,x,01067,Germany,"10,001+"\n'
    (filed,) = by_file(table, "csv")
    of_table = taken(filed.record)
    of_json = taken({
        "event_id": "e1", "event_type": "imported", "lead_id": "l1",
        "occurred_at": "2026-11-23T11:59:00Z", "do_not_contact": True,
        "expected_value": {"amount": 1234.56, "currency": "EUR"}, "interest": {"quantity": 3},
        "location": {"postal_code": "01067", "country": "DE"}, "company": {"employees": 10_001},
    })  # fmt: skip
    assert of_table == of_json
    assert of_table["facts"]["consent_email"] == "denied"


def test_the_router_in_memory_tells_what_it_could_not_read():
    raw = json.dumps(with_value(("company", "employees"), "some")).encode()
    taken_in = OfflineRouter.of(Settings()).take("leads", raw, at_ms=NOW_MS)
    assert [each.field for each in taken_in.warnings] == ["company.employees"]


def test_every_problem_has_its_words():
    assert set(READ_PROBLEMS) == set(ReadProblem)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1, "a": 2}', {"a": [1, 2]}),
        ('{"a": 1, "a": 1}', {"a": 1}),
        ('{"a": NaN, "b": -Infinity, "c": 1e999}', {"a": "NaN", "b": "-Infinity", "c": "1e999"}),
        ('{"a": "\\ud800x"}', {"a": "\ufffdx"}),
        (b'{"a": "M\xfcller"}', {"a": "M\ufffdller"}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        ('{"a": ' + "9" * 30 + "}", {"a": "9" * 30}),
    ],
)
def test_one_bad_spot_costs_its_field_alone(text, value):
    assert read_forgiving(text) == value
    assert json.loads(encode(value)) == value


def test_a_bad_spot_in_a_list_hides_no_other_record():
    problems = Problems()
    found = list(read_json_list('[{"a": "\\ud800"}, {"a": 1, "a": 2}, {"a": 3}]', problems))
    assert [filed.record["a"] for filed in found] == ["\ufffd", [1, 2], 3]
    assert problems.found == []


def test_an_id_that_stands_twice_refuses_the_record():
    raw = b'{"event_id": "e", "lead_id": "1", "lead_id": "2", "event_type": "submitted"}'
    assert admit("leads", None, None, raw, (), NOW_MS, CONTEXT).reason == "duplicate_key"


def test_warnings_hold_nothing_of_what_was_written():
    written = "zyxsecret"
    record = with_value(("custom",), {written: ["x"], "long": written * 100})
    answer = admit("leads", None, None, json.dumps(record).encode(), (), NOW_MS, CONTEXT)
    assert answer.warnings
    assert written not in repr(answer)


def test_an_unknown_sales_org_goes_to_the_only_one_there_is():
    record = with_value(("sales_org",), "mars")
    answer = admit("leads", None, None, json.dumps(record).encode(), (), NOW_MS, CONTEXT)
    assert (answer.sales_org, answer.warnings[0].problem) == ("main", "unknown_sales_org")
