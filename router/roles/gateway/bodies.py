"""A request's body as records: bounded in bytes and time, also when it is compressed."""

from __future__ import annotations

import asyncio
import zlib
from typing import NamedTuple

import msgspec
from aiohttp import hdrs, web

from router.intake.wire.cloudevents import Headers
from router.roles.gateway.problems import RefusalError

_READ_S_MAX = 10.0
_GZIP = 16 + zlib.MAX_WBITS

_EVENT = "application/cloudevents+json"
_EVENTS = "application/cloudevents-batch+json"
_PLAIN = "application/json"

_read_list = msgspec.json.Decoder(list[msgspec.Raw]).decode


class Body(NamedTuple):
    """Records as they came, and the headers that go with each of them."""

    records: list[bytes]
    headers: Headers
    is_batch: bool


async def read_body(request: web.Request, bytes_max: int, records_max: int) -> Body:
    """Return the records of a request.

    Raises:
        RefusalError: it is too large, too slow, or of a kind that is not understood.
    """
    kind = request.content_type.lower()
    if kind not in {_PLAIN, _EVENT, _EVENTS}:
        raise RefusalError(415, f"send {_PLAIN}, {_EVENT} or {_EVENTS}")
    _, body = await read_whole(request, bytes_max)
    headers = _headers(request, kind)
    if kind == _EVENTS or (kind == _PLAIN and body.lstrip()[:1] == b"["):
        return Body(_records(body, records_max), headers, is_batch=True)
    return Body([body], headers, is_batch=False)


async def read_whole(request: web.Request, bytes_max: int) -> tuple[bytes, bytes]:
    """Return the bytes of the body as they came, and unpacked.

    Raises:
        RefusalError: they are too many, too slow, or packed in a way that is not understood.
    """
    if (request.content_length or 0) > bytes_max:
        raise _too_large(bytes_max)
    try:
        async with asyncio.timeout(_READ_S_MAX):
            raw = await _read(request, bytes_max)
    except TimeoutError:
        raise RefusalError(408, f"the body did not come within {_READ_S_MAX:.0f} s") from None
    coding = request.headers.get(hdrs.CONTENT_ENCODING, "identity")
    return raw, _unpacked(raw, coding, bytes_max)


async def _read(request: web.Request, bytes_max: int) -> bytes:
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > bytes_max:
            raise _too_large(bytes_max)
    return bytes(body)


def _unpacked(raw: bytes, coding: str, bytes_max: int) -> bytes:
    """The body without compression; a bomb is refused before it has gone off."""
    match coding.strip().lower():
        case "identity" | "":
            return raw
        case "gzip" | "x-gzip":
            unpacking = zlib.decompressobj(_GZIP)
        case _:
            raise RefusalError(415, "Content-Encoding must be gzip or identity")
    try:
        body = unpacking.decompress(raw, bytes_max + 1)
    except zlib.error:
        raise RefusalError(400, "the body is not gzip") from None
    if len(body) > bytes_max:
        raise _too_large(bytes_max)
    if not unpacking.eof:
        raise RefusalError(400, "the body ends in the middle of its gzip")
    if unpacking.unused_data:  # a second member: taken for the whole, the first would lose it
        raise RefusalError(400, "the body goes on after the end of its gzip")
    return body


def _records(body: bytes, records_max: int) -> list[bytes]:
    try:
        records = _read_list(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise RefusalError(400, "the body is not a JSON list") from None
    if len(records) > records_max:
        raise RefusalError(413, f"a batch may hold {records_max} records")
    return [bytes(each) for each in records]


def _headers(request: web.Request, kind: str) -> list[tuple[str, bytes]]:
    """Of a CloudEvent and a trace, as a record in Kafka has them."""
    found = [
        (f"ce_{name[3:].lower()}", value.encode("utf-8", "surrogateescape"))
        for name, value in request.headers.items()
        if name.lower().startswith("ce-")
    ]
    if kind != _PLAIN:
        found.append(("content-type", _EVENT.encode()))
    if trace := request.headers.get("traceparent"):
        found.append(("traceparent", trace.encode("utf-8", "surrogateescape")))
    return found


def _too_large(bytes_max: int) -> RefusalError:
    return RefusalError(413, f"the body may have {bytes_max} bytes, unpacked too")
