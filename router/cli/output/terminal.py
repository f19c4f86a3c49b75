"""What commands write: tables and lines for people, JSON for programs, errors in one line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape


class _Terminal(Console):
    """As wide as COLUMNS or the terminal say when something is written.

    Rich keeps the COLUMNS of the moment in which a console is made; these are made on import.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, highlight=False)
        self._width = self._height = None


out = _Terminal()
"""Results."""

err = _Terminal(stderr=True)
"""Progress and errors; never results."""

Json = Annotated[bool, typer.Option("--json", help="Write JSON for programs to read.")]
"""The option that every command with a result has."""


def write_json(value: Any) -> None:
    """Write ``value`` as one JSON document on standard output."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def complain(message: str) -> None:
    """One red line on standard error."""
    err.print(f"[red]{escape(message)}[/red]", soft_wrap=True)


@contextmanager
def progress(first: str) -> Iterator[Callable[[str], None]]:
    """Show what is being done while it is being done; yields how to say what comes next.

    Args:
        first: what is shown until something else is reported.
    """
    with err.status(escape(first)) as status:
        yield lambda text: status.update(escape(text))
