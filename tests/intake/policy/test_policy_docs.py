"""docs/policy.md tells of every key and field, and its examples are good policies."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from router.intake.files.roster_file import COLUMNS
from router.intake.policy import check_policy
from router.intake.policy.compile import KEYS
from router.intake.policy.fields import HANDOFF_FEEDBACK, LEAD_FIELDS, MEMBER_FIELDS
from router.intake.policy.sections.lines import ANSWERS, AWAY_USES, USES

DOC = (Path(__file__).parents[3] / "docs/policy.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", DOC, re.DOTALL)
AROUND = {
    "policy": "policy: example\n",
    "currency": "currency: EUR\n",
    "markets": "markets: {emea: [DE, AT, CH, FR, GB, NO], amer: [US, CA]}\n",
    "products": "products: {team: 1200}\n",
    "pools": "pools: {inside: {channel: inside}, field: {channel: field}}\n",
}


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_a_good_policy(example):
    missing = [
        text for key, text in AROUND.items() if not re.search(rf"^{key}:", example, re.MULTILINE)
    ]
    checked = check_policy("".join(missing) + example, published_at_ms=0)
    assert [str(p) for p in checked.problems if p.severity == "error"] == []


def test_every_key_has_its_section():
    assert re.findall(r"^### `(\w+)`", DOC, re.MULTILINE) == list(KEYS)


def test_every_name_that_may_be_written_is_told():
    names = [*LEAD_FIELDS, *MEMBER_FIELDS, *HANDOFF_FEEDBACK, *AWAY_USES, *USES, *COLUMNS.known]
    names += [*ANSWERS, *(answer for answers in ANSWERS.values() for answer in answers)]
    told = set(re.findall(r"[\w.]+", DOC))
    assert [name for name in names if name not in told] == []
