"""By which ids a record is known on both sides of intake.

An inbox record does not say from which input record it was made. It carries the ids that the sender
gave: of an event its own id, of a rep, an account or a policy only whose entry it is.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

import msgspec

from router.kafka.runtime.step import Record
from router.kafka.topics.topic_names import InputRole

KIND_OF: Final[dict[InputRole, str]] = {
    "leads": "lead",
    "raw": "lead",
    "feedback": "feedback",
    "commands": "command",
    "engagement": "engagement",
    "roster": "rep",
    "accounts": "account",
    "policies": "policy",
}
"""The kind of inbox record that is made of the records of an input topic."""

STANDING: Final = frozenset({"engagement", "rep", "account", "policy"})
"""Kinds whose topics keep the newest record of each key, which stands until it is replaced."""

_FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "lead": ("lead_id", "event_id"),
    "feedback": ("lead_id", "event_id"),
    "command": ("command_id",),
    "engagement": ("lead_id",),
    "rep": ("rep_id",),
    "account": ("account_id",),
    "policy": ("policy_id",),
}
_BETWEEN = "\x1f"  # ids have no control characters
_UNREADABLE = "unreadable"


class _Policy(msgspec.Struct):
    policy_id: str = ""


class _Ids(msgspec.Struct):
    """Every field that may identify a record; of a policy they lie one level deeper."""

    kind: str = ""
    sales_org: str | None = None
    lead_id: str = ""
    event_id: str = ""
    command_id: str = ""
    rep_id: str = ""
    account_id: str = ""
    policy_id: str = ""
    policy: _Policy | None = None


_read = msgspec.json.Decoder(_Ids).decode


def inbox_identity(sales_org: str, value: bytes) -> str | None:
    """By what an inbox record is known; None for what no input brings, such as a tick."""
    try:
        ids = _read(value)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None  # not of intake's making
    if ids.policy is not None:
        ids.policy_id = ids.policy.policy_id
    return _identity(ids.kind, sales_org, ids) if ids.kind in _FIELDS else None


def refused_identity(kind: str, record: Record, default_sales_org: str) -> str:
    """By what a record is known that intake refuses: its ids as they stand there, or its bytes.

    An earlier version may have taken it, and then the inbox holds it under its ids.
    """
    try:
        ids = _read(record.value or b"")
    except (msgspec.MsgspecError, UnicodeDecodeError):
        ids = _Ids()
    if all(getattr(ids, name) for name in _FIELDS[kind]):
        return _identity(kind, ids.sales_org or default_sales_org, ids)
    whole = blake2b(digest_size=16)
    for part in (record.topic.encode(), record.key or b"", record.value or b""):
        whole.update(len(part).to_bytes(8))
        whole.update(part)
    return _BETWEEN.join((_UNREADABLE, whole.hexdigest()))


def _identity(kind: str, sales_org: str, ids: _Ids) -> str:
    return _BETWEEN.join((kind, sales_org, *(getattr(ids, name) for name in _FIELDS[kind])))


def kind_of(identity: str) -> str:
    """The kind of inbox record that has it."""
    return identity.partition(_BETWEEN)[0]


def subject_of(identity: str) -> str:
    """The lead, rep, account, policy or command that it names."""
    return identity.split(_BETWEEN)[2]
