"""``lead-router schemas``: the public contract as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from router.cli.output.schema_files import stale_schemas, write_schemas
from router.cli.output.terminal import Json, out, write_json
from router.errors import LeadRouterError

schemas = typer.Typer(
    help="The public contract: JSON Schemas and an AsyncAPI document.",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    """Add the group to the program."""
    app.add_typer(schemas, name="schemas")


@schemas.command()
def write(
    directory: Annotated[
        Path, typer.Argument(metavar="DIRECTORY", help="Where to.", file_okay=False)
    ] = Path("schemas"),
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit with 1 if a file is not current.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write the JSON Schema of every message and the AsyncAPI document, from the code.

    In a checkout it also renews the list of rights in docs/operations.md.

    Example: lead-router schemas write schemas
    """
    if check:
        _check(directory, as_json=as_json)
        return
    try:
        written = [str(path) for path in write_schemas(directory)]
    except OSError as error:
        raise LeadRouterError(
            f"cannot write schemas to {directory} ({error.strerror}): choose another directory"
        ) from error
    if as_json:
        write_json({"written": written})
    else:
        out.print(f"{len(written)} files are in {escape(str(directory))}", soft_wrap=True)


def _check(directory: Path, *, as_json: bool) -> None:
    stale = stale_schemas(directory)
    if as_json:
        write_json({"stale": stale})
    elif stale:
        out.print(f"not current: {escape(', '.join(stale))}", soft_wrap=True)
        out.print(f"next: lead-router schemas write {escape(str(directory))}", soft_wrap=True)
    else:
        out.print(f"every file in {escape(str(directory))} is current", soft_wrap=True)
    if stale:
        raise typer.Exit(1)
