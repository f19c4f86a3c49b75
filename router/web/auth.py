"""Who may look: this machine alone, or whoever has the token.

A browser on this machine can be led here by a stranger's page. So without a token the Host header
must name this machine (a stranger's name that resolves to 127.0.0.1 does not), and whatever changes
something needs a header that no form and no stranger's script can send.
"""

from __future__ import annotations

import hmac
import time
from collections import deque
from collections.abc import Awaitable, Callable

from aiohttp import hdrs, web

from router.errors import LeadRouterError
from router.settings import BoardSettings
from router.telemetry import logger
from router.web.responses import problem

log = logger(__name__)

COOKIE = "lead_router_board"
ASKED_WITH = "lead-router"
_COOKIE_AGE_S = 30 * 86_400
_FAILURES_MAX = 10
_FAILURES_WITHIN_S = 60.0
_LOOPBACK = ("127.0.0.1", "localhost", "::1", "[::1]")
_READING = ("GET", "HEAD")

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        " font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none';"
        " form-action 'self'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Guard:
    """Checks every request before anything else sees it."""

    def __init__(self, settings: BoardSettings) -> None:
        """The token never leaves this object."""
        self._host = settings.host
        token = settings.token.get_secret_value() if settings.token is not None else None
        self._token = token.encode() if token is not None else None
        self._failures: deque[float] = deque(maxlen=_FAILURES_MAX)

    @web.middleware
    async def check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse strangers, and answer errors in one line."""
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        try:
            return await handler(request)
        except web.HTTPException as error:
            return problem(error.status, error.reason)
        except LeadRouterError as error:
            return problem(503, str(error))

    @staticmethod
    async def tell_browser(request: web.Request, response: web.StreamResponse) -> None:
        """Signal of aiohttp: before any answer's headers go out."""
        del request
        response.headers.update(HEADERS)
        response.headers.setdefault(hdrs.CACHE_CONTROL, "no-store")

    def _refusal(self, request: web.Request) -> web.Response | None:
        if self._token is None and not names_this_machine(request.host, self._host):
            return problem(
                403, "open the board as http://127.0.0.1, or set LEAD_ROUTER_BOARD__TOKEN"
            )
        asked_with = request.headers.get("X-Requested-With")
        if request.method not in _READING and asked_with != ASKED_WITH:
            return problem(403, f"send the header X-Requested-With: {ASKED_WITH}")
        is_api = request.path.startswith("/api/") and request.path != "/api/login"
        if is_api and not self._is_known(request):
            return problem(401, "give the token that LEAD_ROUTER_BOARD__TOKEN sets")
        return None

    def _is_known(self, request: web.Request) -> bool:
        if self._token is None:
            return True
        kind, _, given = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        if kind.lower() == "bearer":
            return self._is_token(given)
        cookie = request.cookies.get(COOKIE, "")
        return _is_same(cookie, self._cookie().encode())

    def _is_token(self, given: str) -> bool:
        """Compared in constant time; after ten wrong ones in a minute nothing is right."""
        now_s = time.monotonic()
        blocked = len(self._failures) == _FAILURES_MAX and (
            now_s - self._failures[0] < _FAILURES_WITHIN_S
        )
        is_right = _is_same(given, self._token or b"")
        if blocked or not is_right:
            if not blocked:
                self._failures.append(now_s)
                log.warning("board.wrong_token")
            return False
        return True

    def _cookie(self) -> str:
        """What a browser keeps: proves that the token was known, and does not hold it."""
        return hmac.new(self._token or b"", b"lead-router board", "sha256").hexdigest()

    async def login(self, request: web.Request) -> web.StreamResponse:
        """``POST /api/login`` with ``{"token": …}``: a cookie that scripts cannot read."""
        try:
            body = await request.json()
            given = body["token"]
        except (ValueError, LookupError, TypeError, RecursionError):
            return problem(400, 'send {"token": "…"}')
        if self._token is not None and not (isinstance(given, str) and self._is_token(given)):
            return problem(401, "this is not the token that LEAD_ROUTER_BOARD__TOKEN sets")
        response = web.Response(status=204)
        if self._token is not None:
            response.set_cookie(
                COOKIE,
                self._cookie(),
                max_age=_COOKIE_AGE_S,
                httponly=True,
                samesite="Strict",
                secure=request.secure,
            )
        return response


def names_this_machine(host: str, listening_at: str) -> bool:
    """Whether the header Host is a name of loopback, or of the address that we listen at."""
    name = host if host in _LOOPBACK else host.rpartition(":")[0] or host
    return name in {*_LOOPBACK, listening_at}


def _is_same(given: str, right: bytes) -> bool:
    """In constant time; bytes that are no text come as lone surrogates, and are wrong as well."""
    return hmac.compare_digest(given.encode(errors="surrogatepass"), right)
