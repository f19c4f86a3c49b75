"""The files in ``schemas/``: written from the code, and checked against it.

So are, in a checkout, the section of the operators' guide that lists rights on the broker, and the
page of columns that files may have.
"""

from __future__ import annotations

import json
from pathlib import Path

from router.intake.files.column_names import columns_page
from router.intake.wire.connect_schema import lead_owners_connect_schema
from router.intake.wire.schemas import message_names, message_schema, schema_file
from router.kafka.topics.asyncapi import asyncapi_yaml
from router.roles.gateway.openapi import openapi_text
from router.roles.rights.document import with_rights


def write_schemas(directory: Path) -> list[Path]:
    """Write every schema file into ``directory`` and return their paths."""
    directory.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, text in schema_texts().items():
        path = directory / name
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    if (page := _columns_beside(directory)).is_file():
        page.write_text(columns_page(), encoding="utf-8")
    if (guide := _guide_beside(directory)).is_file():
        guide.write_text(with_rights(guide.read_text(encoding="utf-8")), encoding="utf-8")
    return paths


def stale_schemas(directory: Path) -> list[str]:
    """Names of files in ``directory`` that are missing, differ from the code, or are no longer."""
    texts = schema_texts()
    stale = [name for name, text in texts.items() if _text_of(directory / name) != text]
    left = [path.name for path in directory.glob("*.json") if path.name not in texts]
    guide = _guide_beside(directory)
    text = _text_of(guide)
    if text is not None and with_rights(text) != text:
        stale.append(guide.name)
    page = _columns_beside(directory)
    if _text_of(page) not in {None, columns_page()}:
        stale.append(page.name)
    return sorted(stale + left)


def _columns_beside(directory: Path) -> Path:
    return directory.resolve().parent / "docs" / "columns.md"


def _guide_beside(directory: Path) -> Path:
    return directory.resolve().parent / "docs" / "operations.md"


def schema_texts() -> dict[str, str]:
    """The text of every schema file, by file name."""
    texts = {schema_file(name): _json(message_schema(name)) for name in message_names()}
    texts["lead-owners.connect-schema.json"] = _json(lead_owners_connect_schema())
    texts["openapi.json"] = openapi_text()
    texts["asyncapi.yaml"] = asyncapi_yaml()
    return texts


def _json(schema: object) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _text_of(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
