"""A vendor's request is believed by its signature, and kept as it came."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest

from tests.roles.gateway.conftest import SECRET

pytestmark = pytest.mark.kafka

FORM = json.dumps(
    {
        "event_id": "e-1",
        "event_type": "form_response",
        "form_response": {"token": "t-1", "submitted_at": "2026-11-01T10:00:00Z", "answers": []},
    }
).encode()


def signed(body: bytes) -> dict[str, str]:
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).digest()
    return {"Typeform-Signature": "sha256=" + base64.b64encode(digest).decode()}


async def send(gateway, body, headers, source="typeform"):
    url = f"{gateway.server.address}/v1/sources/{source}"
    headers = {"Content-Type": "application/json", **headers}
    async with gateway.session.post(url, data=body, headers=headers) as response:
        return response.status, await response.json(content_type=None)


async def raw(gateway, source="typeform"):
    return await gateway.records(f"{gateway.settings.topics.prefix}leads.raw.{source}")


async def test_what_is_signed_is_kept_as_it_came(raw_gateway):
    assert await send(raw_gateway, FORM, signed(FORM)) == (202, {"status": 202})
    [record] = await raw(raw_gateway)
    assert record.value == FORM
    assert ("content-type", b"application/json") in record.headers
    assert not [name for name, _ in record.headers if "signature" in name]


@pytest.mark.parametrize(
    "headers", [{}, {"Typeform-Signature": "sha256=bm8="}, signed(FORM + b" ")], ids=str
)
async def test_what_is_forged_or_changed_is_refused_with_nothing_written(raw_gateway, headers):
    status, answer = await send(raw_gateway, FORM, headers)
    assert (status, answer["title"]) == (401, "Unauthorized")
    assert await raw(raw_gateway) == []


@pytest.mark.parametrize("raw_gateway", [{"records_per_s": 2}], indirect=True)
async def test_who_forges_uses_up_nothing_of_what_the_vendor_may_send(raw_gateway):
    forged = [await send(raw_gateway, FORM, {}) for _ in range(10)]
    assert {status for status, _ in forged} == {401}
    assert (await send(raw_gateway, FORM, signed(FORM)))[0] == 202


async def test_a_source_that_does_not_sign_needs_a_key(raw_gateway):
    assert (await send(raw_gateway, b"{}", {}, "other"))[0] == 401
    key = {"Authorization": f"Bearer {raw_gateway.key_text}"}
    assert (await send(raw_gateway, b"{}", key, "other"))[0] == 202
    assert [record.value for record in await raw(raw_gateway, "other")] == [b"{}"]


async def test_a_source_that_nobody_named_is_not_found(raw_gateway):
    assert (await send(raw_gateway, FORM, signed(FORM), "unknown"))[0] == 404


@pytest.mark.parametrize(("token", "status"), [("let me in", 200), ("guess", 403)])
async def test_a_handshake_is_answered_to_who_knows_the_token(raw_gateway, token, status):
    query = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": token}
    url = f"{raw_gateway.server.address}/v1/sources/meta"
    async with raw_gateway.session.get(url, params=query) as response:
        assert response.status == status
        if status == 200:
            assert await response.text() == "1158201444"
