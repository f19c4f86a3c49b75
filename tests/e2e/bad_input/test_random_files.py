"""Random files for the commands, and random policies for the router: told, never a crash."""

import json
import re
import time
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from router.cli.files import read_text
from router.errors import UsageError
from router.intake.files.account_file import read_accounts
from router.intake.files.lead_file import LeadDefaults, read_leads
from router.intake.files.problems import FileProblem
from router.intake.files.roster_file import read_roster
from router.intake.policy import check_policy, policy_to_plain
from router.intake.records.context import IntakeContext
from router.offline.router import OfflineRouter
from router.settings import Settings
from tests.e2e.bad_input.company import encoded, lead

TEMPLATES = files("router.cli") / "templates"
POLICY = (TEMPLATES / "policy.yaml").read_text(encoding="utf-8")
CONTEXT = IntakeContext(frozenset({"main"}), "main", b"a key for tests")
NOW_MS = time.time_ns() // 1_000_000
MANY = settings(max_examples=150, suppress_health_check=list(HealthCheck))
FEW = settings(max_examples=40, suppress_health_check=list(HealthCheck))

texts = st.text(max_size=300) | st.text("\n\r,;\"'{}[]:- \tabr_id0\x00\u2028", max_size=120)


def read_reps(text, file_format):
    found = read_roster(text, file_format, CONTEXT, NOW_MS)
    return [*found.records, *found.problems]


def read_companies(text, file_format):
    found = read_accounts(text, file_format, CONTEXT, NOW_MS)
    return [*found.records, *found.problems]


def read_events(text, file_format):
    lines = text.splitlines(keepends=True)
    return list(read_leads(lines, file_format, LeadDefaults(NOW_MS), CONTEXT))


READERS = [(read_reps, "roster.csv"), (read_companies, "accounts.csv"), (read_events, "leads.csv")]


def check_told(found):
    for each in found:
        if isinstance(each, FileProblem):
            assert each.line >= 1
            assert str(each).isprintable()
            assert len(str(each)) < 2_200


@pytest.mark.parametrize("file_format", ["csv", "json", "jsonl"])
@pytest.mark.parametrize("read", [read for read, _ in READERS])
@MANY
@given(text=texts)
def test_random_text_in_a_file_is_told_in_lines(read, file_format, text):
    check_told(read(text, file_format))


@pytest.mark.parametrize(("read", "name"), READERS[:2])
@MANY
@given(choice=st.data())
def test_a_file_with_something_put_in_is_told_in_lines(read, name, choice):
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    check_told(read(spoilt(text, choice), "csv"))


@FEW
@given(choice=st.data())
def test_a_policy_with_something_put_in_is_told_in_lines(choice):
    checked = check_policy(spoilt(POLICY, choice), published_at_ms=NOW_MS)
    assert checked.policy is not None or checked.problems
    check_told(checked.problems)


@MANY
@given(text=texts)
def test_random_text_is_no_policy_and_says_why(text):
    checked = check_policy(text, published_at_ms=NOW_MS)
    assert checked.policy is None
    assert checked.problems
    check_told(checked.problems)


def spoilt(text, choice):
    """The text with a few characters of it replaced by others."""
    at = choice.draw(st.integers(0, len(text)))
    end = at + choice.draw(st.integers(0, 30))
    return text[:at] + choice.draw(texts) + text[end:]


@MANY
@given(content=st.binary(max_size=60))
@example(b"\xef\xbb\xbfrep_id\n")
@example(b"\xff\xfea")
@example(b"\xff\xfea\x00")
def test_random_bytes_are_read_as_text_or_told(tmp_path_factory, content):
    path: Path = tmp_path_factory.getbasetemp() / "random-file"
    path.write_bytes(content)
    encoding = "utf-16" if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        expected = content.decode(encoding) if len(content) <= 50 else None
    except UnicodeDecodeError:
        expected = None
    if expected is not None:
        assert read_text(path, bytes_max=50) == expected
    else:
        with pytest.raises(UsageError, match=re.escape(str(path))):
            read_text(path, bytes_max=50)


COMPILED = json.loads(
    encoded(policy_to_plain(check_policy(POLICY, published_at_ms=NOW_MS - 1_000).policy))
)
parts = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from(["", "ghost", "pool:ghost", "DE", 10**15, -(10**15), 10**30, 1.5]),
    st.lists(st.integers(-5, 5) | st.sampled_from(["ghost"]), max_size=3),
    st.dictionaries(st.sampled_from(["inside", "ghost"]), st.integers(), max_size=1),
)


def paths_of(value, path=()):
    """Every place inside a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for step, part in inner:
        yield (*path, step)
        if isinstance(part, dict | list):
            yield from paths_of(part, (*path, step))


PATHS = list(paths_of(COMPILED))


@settings(MANY, max_examples=400)
@given(way=st.sampled_from(PATHS), part=parts)
@example(way=("backlog", "at_most_ms"), part=-63_931_245_840_575)
@example(way=("backlog", "at_most_ms"), part=3 * 10**14)
@example(way=("fit", 1, "points"), part=-9_223_372_036_854_775_829)
def test_a_strange_policy_that_is_taken_keeps_no_lead_from_being_decided(way, part):
    router = OfflineRouter.of(Settings())
    reps = ({"rep_id": "ann", "role": "inside_rep", "channels": ["inside"]},
            {"rep_id": "fay", "role": "field_rep", "channels": ["field"]})  # fmt: skip
    for rep in reps:
        assert router.take("roster", encoded(rep), at_ms=NOW_MS).refused is None
    compiled = json.loads(json.dumps(COMPILED))
    place = compiled
    for step in way[:-1]:
        place = place[step]
    place[way[-1]] = part
    document = {
        "policy_id": "b2b-software",
        "version": 1,
        "published_at": "2026-01-05T09:00:00Z",
        "source": "by hand",
        "compiled": compiled,
    }
    router.take("policies", encoded(document), at_ms=NOW_MS)
    for number, value in enumerate((100, 20_000, 90_000)):
        event = lead(
            f"lead-{number}",
            expected_value={"amount": value, "currency": "USD"},
            location={"country": "DE", "postal_code": "80331"},
            interest={"product": "team", "quantity": 10**9},
            company={"employees": 300, "industry": "software"},
        )
        taken = router.take("leads", encoded(event), at_ms=NOW_MS)
        assert taken.refused is None
        assert len(taken.decisions) == 1
    assert len(list(zip(range(50), router.pass_time(NOW_MS + 86_400_000), strict=False))) < 50
