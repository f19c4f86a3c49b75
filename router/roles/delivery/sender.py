"""The one place that calls destinations: timeouts, and what an answer means."""

from __future__ import annotations

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

import aiohttp

from router.kafka.sink.answer import Answer, Verdict
from router.roles.delivery.request import Destination, Request

_ANSWER_BYTES_MAX = 65_536
_GONE = 410
_DENIED = (401, 403)


async def send(
    session: aiohttp.ClientSession, request: Request, destination: Destination, timeout_s: float
) -> Answer:
    """Call ``destination`` once and read its answer; returns what that means."""
    try:
        async with session.request(
            request.method,
            request.url,
            headers=request.headers,
            data=request.body,
            timeout=aiohttp.ClientTimeout(total=timeout_s),
            allow_redirects=False,
        ) as response:
            # An answer that is cut off may be that of somebody between us and the destination.
            await response.content.read(_ANSWER_BYTES_MAX)
            return meaning(response.status, response.headers, destination, time.time())
    except TimeoutError:
        return Answer(Verdict.AGAIN, f"no answer within {timeout_s:g} s")
    except (aiohttp.ClientError, OSError) as error:
        return Answer(Verdict.AGAIN, f"the call failed ({type(error).__name__})")


def meaning(
    status: int, headers: Mapping[str, str], destination: Destination, now_s: float
) -> Answer:
    """Return what an answer with ``status`` means."""
    why = f"answered with status {status}"
    if 200 <= status < 300:  # noqa: PLR2004 - HTTP's success
        if headers.get("Content-Type", "").startswith("text/html"):
            return Answer(Verdict.AGAIN, f"{why} and a web page: not the destination's own answer")
        return Answer(Verdict.DELIVERED)
    if status == _GONE:
        return Answer(Verdict.SWITCHED_OFF, f"{why}: it wants nothing any more")
    if status in destination.refusals:
        return Answer(Verdict.REFUSED, why)
    if status in _DENIED:
        return Answer(Verdict.DENIED, f"{why}: its token or its rights are wrong")
    asked = retry_after_s(headers.get("Retry-After"), destination.retry_after_unit_s, now_s)
    return Answer(Verdict.AGAIN, why, after_s=asked)


def retry_after_s(text: str | None, unit_s: float, now_s: float) -> float | None:
    """Return the seconds that ``Retry-After`` asks for: a number, or a date; None if unreadable."""
    if text is None:
        return None
    try:
        if text.strip().isascii() and text.strip().isdigit():
            return int(text) * unit_s
        return max(parsedate_to_datetime(text).timestamp() - now_s, 0.0)
    except (ValueError, OverflowError):  # also a number of thousands of digits
        return None
