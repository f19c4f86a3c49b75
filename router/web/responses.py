"""Answers as bytes: JSON with a tag, so that what has not changed is not sent again."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import msgspec
from aiohttp import hdrs, web

_encode = msgspec.json.Encoder().encode
_JSON = "application/json"


class Written(NamedTuple):
    """A body and the tag that it has."""

    body: bytes
    etag: str


def written(answer: object) -> Written:
    """``answer`` as JSON."""
    return tagged(_encode(answer))


def tagged(body: bytes) -> Written:
    """A body with its tag."""
    return Written(body, f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"')


def respond(request: web.Request, answer: Written) -> web.Response:
    """The body, or that it is the one the page has."""
    headers = {hdrs.ETAG: answer.etag, hdrs.CACHE_CONTROL: "no-cache"}
    if request.headers.get(hdrs.IF_NONE_MATCH) == answer.etag:
        return web.Response(status=304, headers=headers)
    return web.Response(body=answer.body, content_type=_JSON, headers=headers)


def private(answer: object) -> web.Response:
    """JSON that nobody may keep: it holds a payload, or says what was done."""
    headers = {hdrs.CACHE_CONTROL: "no-store"}
    return web.Response(body=_encode(answer), content_type=_JSON, headers=headers)


def problem(status: int, message: str) -> web.Response:
    """An error in one line."""
    return web.Response(status=status, body=_encode({"error": message}), content_type=_JSON)
