"""Every address answers what docs/board.md says of it, while a router is at work."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from router.board.follower import Follower
from router.board.service import board_app
from router.kafka.client.clients import Clients
from router.web.sse import Hub
from tests.board.api.shapes import addresses, check, shapes
from tests.e2e.faults.feeder import feeding
from tests.e2e.load import make_load

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(180)]

SHAPES = shapes()
OF_THE_ORG = [
    address
    for method, address in SHAPES
    if method == "GET" and not any(name in address for name in ("LEAD", "REP", "/ID"))
]
PERSONAL = ("Ada", "Muster", "@company-", ".example", "person-")
"""What the load has of persons; of accounts only ids come out."""


@pytest.fixture
async def busy(board):
    """A board with something in every answer."""
    load = make_load(11, leads=900, waves=3, sales_orgs=("main", "north"))
    async with feeding(board.settings) as feeder:
        await feeder.publish(load.company)
        for wave in load.waves:
            await feeder.publish(wave)
    await board.check_against_topics()
    return board


def test_the_document_names_every_address_and_no_other(settings):
    clients = Clients(settings.kafka)
    follower = Follower(settings, clients)
    app = board_app(settings, clients, follower, Hub(follower))
    names = {"{lead}": "LEAD", "{rep}": "REP", "{id}": "ID", "{version}": "VERSION"}
    found = set()
    for route in app.router.routes():
        path = route.resource.canonical
        for name, word in names.items():
            path = path.replace(name, word)
        if path.startswith("/api/") and route.method != "HEAD":
            found.add((route.method, path))
    assert found == addresses()


async def test_the_board_answers_as_documented_and_tells_nothing_of_persons(busy):
    told = []
    for address in OF_THE_ORG:
        answer = await busy.get(address)
        check(answer, SHAPES["GET", address], address)
        told.append(json.dumps(answer))
    lead_id = (await busy.get("/api/leads?q=main-1"))["leads"][0]["lead_id"]
    story = await busy.get(f"/api/leads/{lead_id}")
    check(story, SHAPES["GET", "/api/leads/LEAD"], "lead")
    why_not = await busy.get(f"/api/leads/{lead_id}/why-not/main-rep-3")
    check(why_not, SHAPES["GET", "/api/leads/LEAD/why-not/REP"], "why-not")
    assert len(why_not["answers"]) == len(story["decisions"])
    rep = await busy.get("/api/reps/main-rep-3")
    of_a_lead = await busy.get(f"/api/leads/{rep['leads'][0]['lead_id']}/facts")
    check(of_a_lead, SHAPES["GET", "/api/leads/LEAD/facts"], "facts")
    assert of_a_lead["facts"]["country"]
    assert not [name for name in of_a_lead["facts"] if "digest" in name]
    check(rep, SHAPES["GET", "/api/reps/REP"], "rep")
    assert rep["count"] == len(rep["leads"]) == sum(rep["rep"]["open"].values())
    in_force = (await busy.get("/api/policies"))["in_force"]
    version = await busy.get(f"/api/policies/{in_force['id']}/{in_force['version']}")
    check(version, SHAPES["GET", "/api/policies/ID/VERSION"], "policy")
    assert version["text"] == in_force["text"]
    told += [json.dumps(each) for each in (story, why_not, rep, of_a_lead)]
    await check_filters(busy)
    texts = "".join(told).replace("lead-router.example", "")
    for name in PERSONAL:
        assert name not in texts, name
    await check_letters(busy)
    await check_unknown(busy, lead_id)


async def check_letters(busy) -> None:
    letters = (await busy.get("/api/dead-letters?limit=2"))["letters"]
    letter = await busy.get(f"/api/dead-letters/{letters[0]['id']}")
    check(letter, SHAPES["GET", "/api/dead-letters/ID"], "letter")
    assert {name: letter[name] for name in letters[0]} == letters[0]
    every, before = [], ""
    while before is not None:
        page = await busy.get(f"/api/dead-letters?limit=2{before and '&before=' + before}")
        every += [row["id"] for row in page["letters"]]
        before = page["next"]
    assert len(every) == len(set(every)) == len((await busy.get("/api/dead-letters"))["letters"])
    again = f"/api/dead-letters/{letters[0]['id']}/redrive"
    asked = {"X-Requested-With": "lead-router"}
    async with busy.session.post(busy.address + again, headers=asked) as response:
        answer = await response.json()
    check(answer, SHAPES["POST", "/api/dead-letters/ID/redrive"], "redrive")
    assert answer == {"redriven": True, "topic": letters[0]["topic"]}
    await busy.check_against_topics()  # it is a dead letter once more
    newest = (await busy.get("/api/dead-letters?limit=1"))["letters"][0]
    assert (newest["reason"], newest["redriven"]) == (letters[0]["reason"], False)
    async with busy.session.post(busy.address + again, headers=asked) as response:
        assert response.status == 409


async def check_filters(busy) -> None:
    every = (await busy.get("/api/leads?limit=500"))["leads"]
    assert len(every) > 100
    for name in ("outcome", "reason", "rep", "pool", "band"):
        field = {"rep": "rep_id", "pool": "pool_id"}.get(name, name)
        wanted = next(row[field] for row in every if row[field] is not None)
        found = (await busy.get(f"/api/leads?limit=500&{name}={wanted}"))["leads"]
        assert found
        assert {row[field] for row in found} == {wanted}
    waiting = await busy.get("/api/backlog?limit=1000")
    assert waiting["found"] == waiting["count"]
    reason = waiting["leads"][0]["reason"]
    of_reason = [row["lead_id"] for row in waiting["leads"] if row["reason"] == reason]
    found = await busy.get(f"/api/backlog?limit=1000&reason={reason}")
    assert [row["lead_id"] for row in found["leads"]] == of_reason
    assert (found["found"], found["count"]) == (len(of_reason), waiting["count"])


async def check_unknown(busy, lead_id: str) -> None:
    assert await busy.status("/api/leads/nobody-knows-it") == 404
    assert await busy.status(f"/api/leads/{lead_id}/why-not/nobody") == 404
    assert await busy.status("/api/dead-letters/0-999999") == 404
    assert await busy.status("/api/dead-letters/x") == 404
    assert await busy.status("/api/dead-letters?before=0-999999") == 404
    assert await busy.status("/api/series?by=person") == 400
    assert await busy.status("/api/reps/nobody") == 404
    assert await busy.status("/api/policies/nobody/1") == 404
    assert await busy.status("/api/policies/nobody/one") == 404


async def test_what_has_not_changed_is_not_sent_again(busy):
    async with busy.session.get(busy.address + "/api/policies") as response:
        etag = response.headers["ETag"]
    same = {"If-None-Match": etag}
    async with busy.session.get(busy.address + "/api/policies", headers=same) as response:
        assert response.status == 304
        assert await response.read() == b""


async def test_an_open_page_hears_of_a_new_assignment_and_finds_the_story_then(board):
    load = make_load(5, leads=1, waves=1, sales_orgs=("main",))
    heard = asyncio.create_task(hear_of_leads(board))
    async with feeding(board.settings) as feeder:
        await feeder.publish(load.company)
        await feeder.publish(load.waves[0])
    await asyncio.wait_for(heard, 30)
    story = await board.get("/api/leads/main-0")
    assert story["decisions"][0]["sequence"] == 1


async def hear_of_leads(board) -> None:
    """Until a page that asks as it is told to has found the lead."""
    async with board.session.get(board.address + "/api/events") as response:
        assert response.content_type == "text/event-stream"
        async for line in response.content:
            if line.startswith(b"data: "):
                told = json.loads(line.removeprefix(b"data: "))
                assert set(told) == {"at", "parts", "state"}
                if "leads" in told["parts"] and (await board.get("/api/leads?q=main-0"))["leads"]:
                    return
    raise AssertionError("the stream ended")


async def test_a_story_is_there_when_its_assignment_is(board):
    """``fresh`` waits for what has been decided by now, so that a command can trust it."""
    load = make_load(6, leads=40, waves=1, sales_orgs=("main",))
    async with feeding(board.settings) as feeder:
        await feeder.publish(load.company)
        await feeder.publish(load.waves[0])
    deadline_s = time.monotonic() + 30
    found: set[str] = set()
    while len(found) < 35:
        assert time.monotonic() < deadline_s
        for number in range(40):
            if await board.status(f"/api/leads/main-{number}?fresh=1") == 200:
                found.add(f"main-{number}")
