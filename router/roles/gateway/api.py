"""``POST /v1/leads``, ``/v1/activity``, ``/v1/feedback``: checked, written, then answered."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from functools import partial

from aiohttp import hdrs, web

from router.errors import LeadRouterError, whereabouts
from router.intake.contract.dead_letter import DeadLetterReason
from router.intake.records.context import IntakeContext
from router.intake.wire.refusal import Rejected
from router.kafka.topics.topic_names import topics_of
from router.observe.meters import GatewayMeters
from router.roles.gateway.api_keys import PERMISSIONS, ApiKey, KeyRing, Permission
from router.roles.gateway.bodies import read_body
from router.roles.gateway.check import Checked, check
from router.roles.gateway.limits import Limits
from router.roles.gateway.openapi import openapi_text
from router.roles.gateway.problems import RefusalError, problem
from router.roles.gateway.source_door import SourceDoors
from router.roles.gateway.writer import Record, Writer
from router.settings import Settings
from router.telemetry import logger
from router.web.auth import names_this_machine
from router.web.responses import private

log = logger(__name__)

_RETRY_S = 2
_NOT_WRITTEN = "Kafka does not have it for sure: send it again, with the same ids"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Item = dict[str, object]


class GatewayApi:
    """The addresses of the gateway."""

    def __init__(self, settings: Settings, writer: Writer, meters: GatewayMeters) -> None:
        """Read the keys.

        Raises:
            LeadRouterError: they cannot be read.
        """
        topics = topics_of(settings)
        self._settings, self._writer, self._meters = settings.gateway, writer, meters
        self._context = IntakeContext.of(settings)
        self._topics = {
            "leads": topics.leads,
            "activity": topics.activity,
            "feedback": topics.feedback,
        }
        file = settings.gateway.keys_file
        self._keys = KeyRing(file) if file is not None else None
        self._anyone = ApiKey("", "", settings.default_sales_org, PERMISSIONS, "")
        self._limits = Limits(settings.gateway)
        self._doors = SourceDoors(settings)

    def app(self) -> web.Application:
        """Return the application."""
        app = web.Application(middlewares=[self._answer])
        app.add_routes(
            [web.post(f"/v1/{kind}", partial(self._receive, kind)) for kind in PERMISSIONS]
        )
        app.add_routes(
            [
                web.post("/v1/sources/{name}", self._receive_raw),
                web.get("/v1/sources/{name}", self._shake_hands),
                web.get("/v1/openapi.json", _openapi),
            ]
        )
        return app

    @web.middleware
    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Count every answer, and turn refusals into problem details."""
        began_s = time.perf_counter()
        response = await _answered(request, handler)
        route = request.match_info.route.resource
        door = route.canonical.split("/")[2] if route is not None else "none"
        self._meters.requests.add(door, str(response.status))
        self._meters.seconds.observe(time.perf_counter() - began_s, door)
        return response

    async def _receive(self, kind: Permission, request: web.Request) -> web.Response:
        key = self._key_of(request)
        if kind not in key.may:
            raise RefusalError(403, f"the key is not for {kind}")
        with self._limits.request(key.key_id):
            body = await read_body(
                request, self._settings.body_bytes_max, self._settings.batch_records_max
            )
            self._limits.spend(key.key_id, len(body.records))
            now_ms = time.time_ns() // 1_000_000
            checked = [
                check(kind, value, body.headers, key.sales_org, now_ms, self._context)
                for value in body.records
            ]
            items = await self._written(kind, checked)
        for item in items:
            self._meters.records.add(kind, "accepted" if item["status"] == _ACCEPTED else "refused")
        return _of_batch(items) if body.is_batch else _of_one(items[0])

    async def _receive_raw(self, request: web.Request) -> web.Response:
        """Keep a vendor's request; one that signs needs no key of ours."""
        source, topic = self._doors.source(request)
        who = f"source {source.name}"
        if not source.is_signed:
            key = self._key_of(request)
            if "leads" not in key.may or key.sales_org != self._doors.org_of(source):
                raise RefusalError(403, "the key is not for leads of this source's sales org")
            if self._keys is None and request.content_type != "application/json":
                raise RefusalError(415, "send application/json, or set keys for other kinds")
        with self._limits.request(who):
            record = await self._doors.record(source, request)
            self._limits.spend(who, 1)  # what is forged spends nothing of the vendor's
            [is_there] = await self._writer.write(topic, [record])
        self._meters.records.add("sources", "accepted" if is_there else "refused")
        return _of_one(_ITEM_THERE if is_there else _ITEM_NOT_WRITTEN)

    async def _shake_hands(self, request: web.Request) -> web.Response:
        return self._doors.handshake(request)

    def _key_of(self, request: web.Request) -> ApiKey:
        """The sender's key. Without a file of keys this machine alone may send."""
        if self._keys is None:
            if not names_this_machine(request.host, self._settings.host):
                raise RefusalError(403, "call it 127.0.0.1, or set LEAD_ROUTER_GATEWAY__KEYS_FILE")
            return self._anyone
        kind, _, text = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        key = self._keys.owner_of(text.strip()) if kind.lower() == "bearer" else None
        if key is None:
            raise RefusalError(
                401, "send the header Authorization: Bearer, with a key that is good"
            )
        if key.sales_org not in self._context.sales_orgs:
            raise RefusalError(403, "the key's sales org is none of those in the settings")
        return key

    async def _written(self, kind: Permission, checked: list[Checked | Rejected]) -> list[Item]:
        good = [each for each in checked if isinstance(each, Checked)]
        records = [Record(each.lead_id.encode(), each.value, each.headers) for each in good]
        written = iter(await self._writer.write(self._topics[kind], records) if good else [])
        return [
            _refused(each)
            if isinstance(each, Rejected)
            else _accepted(each, is_there=next(written))
            for each in checked
        ]


_ACCEPTED = 202
_NOT_WRITTEN_STATUS = 503
_ITEM_THERE: Item = {"status": _ACCEPTED}
_ITEM_NOT_WRITTEN: Item = {"status": _NOT_WRITTEN_STATUS, "detail": _NOT_WRITTEN}


def _accepted(record: Checked, *, is_there: bool) -> Item:
    if not is_there:
        return _ITEM_NOT_WRITTEN
    item: Item = {"status": _ACCEPTED}
    if record.warnings:
        item["warnings"] = record.warnings
    return item


def _refused(rejected: Rejected) -> Item:
    is_large = rejected.reason is DeadLetterReason.TOO_LARGE
    is_json = rejected.reason in {DeadLetterReason.NOT_JSON, DeadLetterReason.BAD_UTF8}
    status = 413 if is_large else 400 if is_json else 422
    return {"status": status, "reason": rejected.reason, "detail": rejected.detail}


def _of_one(item: Item) -> web.Response:
    if item["status"] == _ACCEPTED:
        response = private(item)
        response.set_status(_ACCEPTED)
        return response
    more = {"reason": item["reason"]} if "reason" in item else {}
    retry_s = None if more else _RETRY_S
    return problem(int(str(item["status"])), str(item["detail"]), retry_after_s=retry_s, **more)


def _of_batch(items: list[Item]) -> web.Response:
    """202 if Kafka has all, 503 if it has nothing for sure; else 207, with each one's answer."""
    statuses = {item["status"] for item in items}
    if statuses == {_NOT_WRITTEN_STATUS}:  # any 2xx would tell a simple sender that all is well
        return _of_one(items[0])
    response = private({"records": items})
    response.set_status(_ACCEPTED if statuses <= {_ACCEPTED} else 207)
    return response


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except RefusalError as refusal:
        return problem(refusal.status, refusal.detail, retry_after_s=refusal.retry_after_s)
    except web.HTTPException as error:
        return problem(error.status, error.reason)
    except LeadRouterError as error:
        log.warning("gateway.cannot_answer", why=str(error))
        return problem(503, "the gateway cannot read its keys", retry_after_s=_RETRY_S)
    except Exception as error:  # noqa: BLE001 - aiohttp would log its text, which may hold a value
        log.error("gateway.defect", where=whereabouts(error))  # noqa: TRY400 - likewise
        return problem(500, "a defect of the gateway: its log says where", retry_after_s=_RETRY_S)


async def _openapi(request: web.Request) -> web.Response:
    del request
    return web.Response(text=openapi_text(), content_type="application/json")
