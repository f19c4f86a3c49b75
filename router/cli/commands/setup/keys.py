"""``lead-router keys``: who may send over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from router.cli.output.terminal import Json, out, write_json
from router.errors import UsageError
from router.roles.gateway.api_keys import (
    PERMISSIONS,
    Permission,
    new_key,
    read_keys,
    revoked,
    write_keys,
)
from router.settings import Settings

keys = typer.Typer(help="Keys of those who send over HTTP.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the group to the program."""
    app.add_typer(keys, name="keys")


@keys.command()
def create(
    label: Annotated[str, typer.Argument(metavar="LABEL", help="Whose it is, for your list.")],
    sales_org: Annotated[
        str | None, typer.Option(help="Whose leads it may send; the default one without this.")
    ] = None,
    may: Annotated[
        str, typer.Option(help=f"What it may send, of {', '.join(PERMISSIONS)}.")
    ] = "leads,activity",
    *,
    as_json: Json = False,
) -> None:
    """Make a key, and show it this once: only a digest of it is kept.

    Example: lead-router keys create website --may leads
    """
    settings = Settings()
    org = sales_org or settings.default_sales_org
    if org not in settings.sales_orgs:
        raise UsageError(f"no such sales org: {org}; there are: {', '.join(settings.sales_orgs)}")
    path = _file(settings)
    text, key = new_key(org, _permissions(may), label)
    write_keys(path, [*read_keys(path), key])
    if as_json:
        write_json({"key": text, "key_id": key.key_id, "sales_org": org, "may": key.may})
        return
    out.print(f"{text}\n[dim]for {', '.join(key.may)} of {org}; it is not shown again[/dim]")


@keys.command("list")
def list_keys(*, as_json: Json = False) -> None:
    """Show the keys that were made, without what makes them work.

    Example: lead-router keys list
    """
    found = read_keys(_file(Settings()))
    if as_json:
        shown = ("key_id", "label", "sales_org", "may", "created_at", "revoked_at")
        write_json([{name: getattr(key, name) for name in shown} for key in found])
        return
    for key in found:
        state = f"revoked {key.revoked_at}" if key.revoked_at else f"since {key.created_at}"
        line = f"{key.key_id}  {key.label}: {', '.join(key.may)} of {key.sales_org}, {state}"
        out.print(escape(line), soft_wrap=True)


@keys.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="KEY_ID", help="As `keys list` shows it.")],
    *,
    as_json: Json = False,
) -> None:
    """Make a key no good, in every gateway within a second or as soon as it sees the file.

    Example: lead-router keys revoke 5f1c0a9b2e44
    """
    path = _file(Settings())
    write_keys(path, revoked(read_keys(path), key_id))
    if as_json:
        write_json({"revoked": key_id})
    else:
        out.print(f"{escape(key_id)} is revoked", soft_wrap=True)


def _file(settings: Settings) -> Path:
    path = settings.gateway.keys_file
    if path is None:
        raise UsageError("no file for keys: set LEAD_ROUTER_GATEWAY__KEYS_FILE to one")
    return path


def _permissions(text: str) -> list[Permission]:
    wanted = {name.strip() for name in text.split(",")}
    if unknown := sorted(wanted - set(PERMISSIONS)):
        raise UsageError(f"nobody may {', '.join(unknown)}: choose of {', '.join(PERMISSIONS)}")
    return [name for name in PERMISSIONS if name in wanted]
