"""Every kind of bad input of the contract's topics, and the reason each must be refused with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from router.intake.contract.examples import EXAMPLES
from tests.e2e.bad_input.company import encoded, good

ROLES = ("leads", "roster", "accounts", "policies", "feedback", "engagement", "commands")
ID_OF = {
    "leads": "lead_id",
    "roster": "rep_id",
    "accounts": "account_id",
    "policies": "policy_id",
    "feedback": "lead_id",
    "engagement": "lead_id",
    "commands": "subject",
}
_TYPE_OF = {"leads": "event_type", "feedback": "feedback_type", "commands": "command"}
_LIST_FIELD = {"roster": "channels", "accounts": "domains"}
_CE = (("ce_specversion", b"1.0"), ("ce_id", b"e-1"), ("ce_source", b"/form"))
_STRUCTURED = ("content-type", b"application/cloudevents+json; charset=utf-8")


class Bad(NamedTuple):
    """A record to be refused for ``reason``; ``what`` names it in a failed test."""

    what: str
    value: bytes | None
    reason: str
    key: bytes = b"\xff key"
    headers: tuple[tuple[str, bytes], ...] = ()


def sound(role: str) -> dict[str, Any]:
    """A body that would be admitted, to be spoilt."""
    return dict(EXAMPLES["policy"][0]) if role == "policies" else good(role, 999)


_NAMED = {"a byte order mark", "NaN", "a number beyond a float", "an id that is a number"}
_OF_LEADS = _NAMED | {"an unknown sales org", "one in a header", "2999-01-01T00:00:00Z"}
FORGIVEN = {
    "leads": _OF_LEADS,
    "feedback": _OF_LEADS,
    "accounts": _NAMED | {"Latin-1", "a key twice", "text for a list"},
}
"""Values that cost their field alone and are named in the inbox record, or are read as meant."""


def bad_records(role: str) -> list[Bad]:
    """All of them for one input topic."""
    every = [
        *_no_objects(),
        *_null(role),
        *_fields(role),
        *_types(role),
        *_cloudevents(role),
        *_policies(role),
    ]
    return [bad for bad in every if bad.what not in FORGIVEN.get(role, ())]


def _no_objects() -> Iterator[Bad]:
    yield Bad("nothing", b"", "not_json")
    yield Bad("no JSON", b'{"lead_id": "1"', "not_json")
    yield Bad("a byte order mark", b"\xef\xbb\xbf{}", "not_json")
    yield Bad("Latin-1", b'{"lead_id": "M\xfcller"}', "bad_utf8")
    yield Bad("NaN", b'{"scores": {"a": NaN}}', "not_finite")
    yield Bad("a number beyond a float", b'{"scores": {"a": 1e999}}', "not_finite")
    yield Bad("a key twice", b'{"lead_id": "1", "lead_id": "2"}', "duplicate_key")
    yield Bad("10,000 levels of lists", _nested(b"[", b"]"), "too_deep")
    yield Bad("10,000 levels of objects", _nested(b'{"a":', b"}", b"1"), "too_deep")
    yield Bad("a list", b"[]", "wrong_type")
    yield Bad("null as JSON", b"null", "wrong_type")
    yield Bad("a number", b"17", "wrong_type")
    yield Bad("2 MB", b'{"lead_id": "' + b"x" * 2_000_000 + b'"}', "too_large")
    yield Bad("60,000 keys", encoded({f"k{n}": n for n in range(60_000)}), "too_large")
    yield Bad("60,000 small keys", _small_keys(20_000), "too_many_fields")


def _nested(opening: bytes, closing: bytes, inmost: bytes = b"") -> bytes:
    return b'{"lead_id":' + opening * 10_000 + inmost + closing * 10_000 + b"}"


def _small_keys(count: int) -> bytes:
    """As many unknown keys as the byte cap lets through."""
    return json.dumps({f"{n:x}": 1 for n in range(count)}, separators=(",", ":")).encode()


def _null(role: str) -> Iterator[Bad]:
    """A null value removes a rep or an account; elsewhere it means nothing."""
    if role in {"roster", "accounts"}:
        yield Bad("the removal of an address", None, "personal_id", b"ann@example.com")
        yield Bad("the removal of no UTF-8", None, "bad_utf8", b"\xff")
        yield Bad("the removal of nobody", None, "invalid_field", b"")
        there = (("sales_org", b"mars"),)
        yield Bad("a removal on Mars", None, "unknown_sales_org", b"ann", there)
    else:
        yield Bad("a null value", None, "null_value")


def _fields(role: str) -> Iterator[Bad]:
    body, name = sound(role), ID_OF[role]
    yield Bad("nothing required", b"{}", "missing_field")
    yield Bad("an id that is a number", encoded(body | {name: 5}), "wrong_type")
    yield Bad("an id that is empty", encoded(body | {name: " "}), "invalid_field")
    yield Bad("an id with a line end", encoded(body | {name: "a\nb"}), "invalid_field")
    yield Bad("an id too long", encoded(body | {name: "x" * 129}), "invalid_field")
    yield Bad("an address as id", encoded(body | {name: "ann@example.com"}), "personal_id")
    yield Bad("an unknown sales org", encoded(body | {"sales_org": "mars"}), "unknown_sales_org")
    there = (("sales_org", b"mars"),)
    yield Bad("one in a header", encoded(body), "unknown_sales_org", headers=there)
    if "occurred_at" in body:
        for time in ("2026-01-05T09:00:00", "2999-01-01T00:00:00Z", "yesterday, about noon"):
            yield Bad(time, encoded(body | {"occurred_at": time}), "invalid_field")
    if role in _LIST_FIELD:
        wrong = encoded(body | {_LIST_FIELD[role]: "inside"})
        yield Bad("text for a list", wrong, "wrong_type")


def _types(role: str) -> Iterator[Bad]:
    if role in _TYPE_OF:
        strange = encoded(sound(role) | {_TYPE_OF[role]: "exploded"})
        yield Bad("an unknown type", strange, "unknown_event_type")


def _policies(role: str) -> Iterator[Bad]:
    """Compiled by hand: each would have every lead refused, or keep route busy for hours."""
    if role != "policies":
        return
    body = sound(role)
    clock = {"accept_ms": 10**15, "contact_ms": None, "remind_ms": None, "at_most": 1}
    for what, part in (
        ("a policy without bands", {"bands": []}),
        ("a clock of 30,000 years", {"sla": {"inside": clock | _MISSED}}),
        ("a wait of 30,000 years", {"backlog": {"at_most_ms": 10**15}}),
        ("a wait that ends before it begins", {"backlog": {"at_most_ms": -1}}),
        ("a policy from the year 33,658 on", {"effective_from_ms": 10**15}),
        ("a pool that is a number", {"pools": [7]}),
        ("another version", {"version": 4}),
    ):
        compiled = {**body["compiled"], **part}
        yield Bad(what, encoded(body | {"compiled": compiled}), "invalid_field")


_MISSED = {"missed": "next_rep", "then": "manager", "basis": "duty"}


def _cloudevents(role: str) -> Iterator[Bad]:
    body = sound(role)
    without_id = {name: value for name, value in body.items() if name != ID_OF[role]}
    old = (("ce_specversion", b"0.3"), *_CE[1:])
    yield Bad("CloudEvents 0.3", encoded(body), "invalid_field", headers=old)
    yield Bad("a CloudEvent without its body", b"", "not_json", headers=_CE)
    yield Bad("a CloudEvent that names no id", encoded(without_id), "missing_field", headers=_CE)
    address = (*_CE, ("ce_subject", b"ann@example.com"))
    yield Bad("a CloudEvent of a person", encoded(without_id), "personal_id", headers=address)
    latin = (*_CE, ("ce_subject", b"M\xfcller"))
    yield Bad("a CloudEvent in Latin-1", encoded(without_id), "bad_utf8", headers=latin)
    envelope = {"specversion": "1.0", "id": "e-1", "source": "/form", "type": "x"}
    for what, spoilt, why in (
        ("a structured list", {"data": [body]}, "wrong_type"),
        ("a structured nothing", {}, "wrong_type"),
        ("base64 in an envelope", {"data_base64": "e30="}, "wrong_type"),
        ("an envelope of 2.0", {"data": body, "specversion": "2.0"}, "invalid_field"),
    ):
        yield Bad(what, encoded(envelope | spoilt), why, headers=(_STRUCTURED,))
    avro = (("content-type", b"application/cloudevents+avro"),)
    yield Bad(
        "an envelope in Avro", encoded(envelope | {"data": body}), "invalid_field", headers=avro
    )
    if role in _TYPE_OF:
        untyped = {name: value for name, value in body.items() if name != _TYPE_OF[role]}
        strange = (*_CE, ("ce_type", b"com.example.exploded.v1"))
        yield Bad("a strange CloudEvent", encoded(untyped), "unknown_event_type", headers=strange)
