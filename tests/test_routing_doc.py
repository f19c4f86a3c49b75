"""Every test that docs/routing.md names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NAMED = re.findall(
    r"`([\w/]+\.py)::(test_\w+)`", (ROOT / "docs" / "routing.md").read_text(encoding="utf-8")
)


@pytest.mark.parametrize(("file", "test"), NAMED, ids=[test for _, test in NAMED])
def test_a_test_that_is_named_exists(file, test):
    source = (ROOT / "tests" / "core" / file).read_text(encoding="utf-8")
    assert re.search(rf"^def {test}\(", source, re.MULTILINE)
