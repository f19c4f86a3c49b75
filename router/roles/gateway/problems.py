"""Refusals as RFC 9457 problem details; none holds a value that somebody sent."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec
from aiohttp import hdrs, web

_TYPE = "application/problem+json"


class RefusalError(Exception):
    """A request that is not carried out; caught where it is answered."""

    def __init__(self, status: int, detail: str, *, retry_after_s: int | None = None) -> None:
        """``detail`` names fields and limits, never what came."""
        super().__init__(detail)
        self.status, self.detail, self.retry_after_s = status, detail, retry_after_s


def problem(
    status: int, detail: str, *, retry_after_s: int | None = None, **more: Any
) -> web.Response:
    """Return the answer to a request that is refused."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **more,
    }
    headers = {hdrs.CACHE_CONTROL: "no-store"}
    if retry_after_s is not None:
        headers[hdrs.RETRY_AFTER] = str(retry_after_s)
    if status == HTTPStatus.UNAUTHORIZED:
        headers[hdrs.WWW_AUTHENTICATE] = "Bearer"
    return web.Response(
        status=status, body=msgspec.json.encode(body), content_type=_TYPE, headers=headers
    )
