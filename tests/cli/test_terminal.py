"""What commands write on."""

from __future__ import annotations

import pytest

from router.cli.output.terminal import err, out


@pytest.mark.parametrize("console", [out, err], ids=["out", "err"])
def test_the_width_is_that_of_the_moment_in_which_something_is_written(console, monkeypatch):
    for columns in (70, 120):
        monkeypatch.setenv("COLUMNS", str(columns))
        assert console.width == columns
