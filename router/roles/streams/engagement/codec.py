"""Histories as bytes: what the table and its changelog hold."""

from __future__ import annotations

import struct
from typing import Any

import msgspec

from router.roles.streams.engagement.history import History, Place, Published, Single

FORM = 1
"""Of the bytes; another one means another version of this program wrote them."""

_SINGLE = struct.Struct("<qQHI")


class _Stored(msgspec.Struct, array_like=True, gc=False):
    form: int
    next_offset: int
    log_ms: int
    published: tuple[int, int, int] | None
    types: list[str]
    singles: bytes
    days: dict[int, dict[int, int]]


_decode = msgspec.msgpack.Decoder(_Stored).decode
_encode = msgspec.msgpack.Encoder().encode
_make_single: Any = Single._make


def encode_history(history: History) -> bytes:
    """22 bytes for a single activity, about 10 for a day, and what little else there is."""
    singles = list(history.singles.values())
    packed = b"".join([_SINGLE.pack(*single) for single in singles])
    return _encode(
        _Stored(
            FORM,
            history.next_offset,
            history.log_ms,
            history.published,
            history.types,
            packed,
            history.days,
        )
    )


def decode_history(value: bytes) -> History:
    """The history in ``value``.

    Raises:
        ValueError: these are not the bytes of a history, or of another form.
    """
    try:
        stored = _decode(value)
    except (msgspec.MsgspecError, ValueError):
        raise ValueError("not a history") from None
    _check_form(stored.form)
    return History(
        stored.next_offset,
        stored.log_ms,
        stored.types,
        {fields[1]: _make_single(fields) for fields in _SINGLE.iter_unpack(stored.singles)},
        stored.days,
        None if stored.published is None else Published(*stored.published),
    )


class _Begin(msgspec.Struct, array_like=True, gc=False):
    form: int
    next_offset: int
    log_ms: int


_decode_begin = msgspec.msgpack.Decoder(_Begin).decode


def place_in(value: bytes | None) -> Place:
    """How far the history in ``value`` goes, without decoding the rest.

    Raises:
        ValueError: these are not the bytes of a history, or of another form.
    """
    try:
        begin = _decode_begin(value or b"")
    except (msgspec.MsgspecError, ValueError):
        raise ValueError("not a history") from None
    _check_form(begin.form)
    return Place(begin.log_ms, begin.next_offset)


def _check_form(form: int) -> None:
    if form != FORM:
        raise ValueError(f"a history of form {form}, this version reads {FORM}")
