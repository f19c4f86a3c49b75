"""The Kafka Connect schema of ``lead.owners``, so that a JDBC sink takes the plain JSON.

For ``schema.content`` of JsonConverter (KIP-1054, Kafka 4.2), or for ``{"schema", "payload"}``
envelopes before.
"""

from __future__ import annotations

import types
from typing import Any, get_args, get_origin, get_type_hints

from router.intake.contract import LeadOwner


def lead_owners_connect_schema() -> dict[str, Any]:
    """A Connect struct with the fields of :class:`LeadOwner` in order."""
    fields = [
        {"field": name} | _connect_type(hint) for name, hint in get_type_hints(LeadOwner).items()
    ]
    return {"type": "struct", "name": "lead_router.LeadOwner", "optional": False, "fields": fields}


def _connect_type(hint: Any) -> dict[str, Any]:
    members = get_args(hint) if get_origin(hint) is types.UnionType else (hint,)
    kind = next(member for member in members if member is not types.NoneType)
    return {
        "type": "string" if issubclass(kind, str) else "int64",
        "optional": types.NoneType in members,
    }
