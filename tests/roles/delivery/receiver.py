"""A destination on this machine that does what destinations do, and remembers who got through."""

from __future__ import annotations

import asyncio
import random

from aiohttp import web


class Receiver:
    """Answers by ``behave``, a coroutine of the request's number; notes what it has taken in."""

    def __init__(self, seed=1):
        self.taken = []
        self.calls = 0
        self.dice = random.Random(seed)
        self.behave = None
        self._runner = None
        self.url = None

    async def __aenter__(self):
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_):
        await self._runner.cleanup()

    async def _handle(self, request):
        self.calls += 1
        body = await request.json()
        if self.behave is not None:
            answer = await self.behave(self, request, body)
            if answer is not None:
                return answer
        self.take(request, body)
        return web.json_response({"ok": True})

    def take(self, request, body):
        """Count the request as received."""
        self.taken.append((request.headers.get("webhook-id"), body))

    @property
    def keys(self):
        """The idempotency keys, in the order of arrival, repeats included."""
        return [key for key, _ in self.taken]

    def sequences(self):
        """For each lead the sequences in the order of their first arrival."""
        found = {}
        for _, body in self.taken:
            known = found.setdefault(body["lead_id"], [])
            if body["sequence"] not in known:
                known.append(body["sequence"])
        return found


async def every_way_to_fail(receiver, request, body):
    """Fails one call in three, each in one of the ways that are seen in the field."""
    if receiver.dice.random() > 0.3:
        return None
    match receiver.dice.randrange(6):
        case 0:
            return web.Response(status=500)
        case 1:
            return web.Response(status=429, headers={"Retry-After": "0"})
        case 2:
            return web.Response(text="<html>sign in</html>", content_type="text/html")
        case 3:
            request.transport.abort()  # before anything was taken in
            return web.Response()
        case 4:
            receiver.take(request, body)  # taken in, and the answer is cut
            response = web.StreamResponse(headers={"Content-Length": "100"})
            await response.prepare(request)
            await response.write(b"{")
            request.transport.abort()
            return response
        case _:
            receiver.take(request, body)  # taken in, and the answer hangs
            await asyncio.sleep(2)
            return web.json_response({"ok": True})
