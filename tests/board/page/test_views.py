"""Every view, in every state, at every width, in light and dark."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.board.page import sample_company as company
from tests.board.page.conftest import WIDTHS, OpenPage, Watched
from tests.board.page.inspection import contrast, overflow, overlap
from tests.board.page.sample_leads import overloaded_leads
from tests.board.page.sample_server import Board

pytestmark = [pytest.mark.board, pytest.mark.asyncio(loop_scope="session")]

VIEWS = {
    "overview": "Overview",
    "flows": "Field and inside flows",
    "reps": "Reps",
    "reps/uwe": "Rep uwe",
    "pools": "Pools: fair shares",
    "backlog": "Backlog",
    "clocks": "Clocks",
    "leads": "Leads",
    "leads/engaged": "Lead engaged",
    "why-not/uwe/engaged": "Why not me?",
    "dead-letters": "Dead letters",
    "topics": "Topics and lag",
    "policy": "Policy",
    "policy/demo/11": "Policy",
}


async def faults_of(watched: Watched, place: str) -> list[str]:
    found = []
    for name, width in WIDTHS.items():
        await watched.page.set_viewport_size({"width": width, "height": 900})
        faults = await overflow(watched.page) + await overlap(watched.page)
        found += [f"{place}, {name}: {fault}" for fault in faults]
    return found


async def headline(watched: Watched) -> str:
    return (await watched.page.inner_text("main h1")).strip()


def put_into(board: Board, state: str) -> None:
    """Live, empty, overloaded, hostile, or what `/api/state` says."""
    if state == "empty":
        board.empty = True
    elif state == "overload":
        board.backlog = overloaded_leads()
    elif state == "hostile":
        board.hostile = True
    elif state == "long":
        board.long = True
    else:
        board.state = state


@pytest.mark.parametrize("state", ["live", "overload", "long", "hostile", "empty", "broker_down"])
async def test_every_view_stands_with_nothing_overlapping_at_any_width(open_page, board, state):
    put_into(board, state)
    watched = await open_page()
    found = []
    for place, title in VIEWS.items():
        if state == "empty" and place in {"leads/engaged", "why-not/uwe/engaged"}:
            continue
        await watched.visit(place)
        expected = "No leads yet" if (state, place) == ("empty", "overview") else title
        if (state, place) == ("long", "leads/engaged"):
            expected = "Lead 00Q5g0000C1590EAAV"
        assert await headline(watched) == expected
        found += await faults_of(watched, place)
        assert await watched.page.evaluate("globalThis.pwned") is None
    assert found == []


async def test_while_the_board_loads_every_view_says_how_far_it_is(open_page: OpenPage, board):
    board.state = "loading"
    watched = await open_page()
    found = []
    for place in VIEWS:
        await watched.visit(place)
        assert await headline(watched) == "Reading the last day: 42 %"
        assert "121,300 of 284,000 records" in await watched.page.inner_text("main")
        found += await faults_of(watched, place)
    assert found == []


async def test_when_it_has_loaded_the_numbers_appear_by_themselves(open_page: OpenPage, board):
    board.state = "loading"
    watched = await open_page()
    await watched.visit()
    board.read = 200_000
    await watched.page.wait_for_selector("h1:has-text('70 %')")
    board.state = "live"
    board.changed("overview")
    await watched.page.wait_for_selector("h1:has-text('Overview')")
    assert await headline(watched) == "Overview"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_every_text_and_colour_has_the_contrast_of_wcag_aa(open_page, board, dark):
    watched = await open_page(dark=dark)
    found = []
    for place in VIEWS:
        await watched.visit(place)
        found += [f"{place}: {fault}" for fault in await contrast(watched.page)]
    await watched.visit("backlog")
    board.state = "broker_down"
    board.changed()
    await watched.page.wait_for_selector(".stale")
    found += [f"broker down: {fault}" for fault in await contrast(watched.page)]
    assert found == []


async def test_a_part_that_is_broken_says_so_and_can_be_asked_again(open_page, board):
    board.broken = {"topics"}
    watched = await open_page()
    watched.forgives("500")
    await watched.visit("topics")
    assert "this part is broken: see the log of lead-router" in await watched.page.inner_text(
        "main"
    )
    board.broken = set()
    await watched.page.click("text=Ask again")
    await watched.page.wait_for_selector("h1:has-text('Topics and lag')")


async def test_numbers_that_cannot_be_renewed_stay_and_say_why(open_page, board):
    watched = await open_page()
    watched.forgives("500")
    await watched.visit("topics")
    board.broken = {"topics"}
    board.changed("topics")
    await watched.page.wait_for_selector(".banner:has-text('not renewed')")
    assert await headline(watched) == "Topics and lag"


async def test_a_lead_that_is_not_known_is_said_in_one_line(open_page: OpenPage):
    watched = await open_page()
    watched.forgives("404")
    await watched.visit("leads/nobody%20knows%20%25")
    said = await watched.page.inner_text("main [role=alert]")
    assert said.startswith("there is no leads/nobody knows %: ")
    await watched.page.fill("main input[role=combobox]", "engaged")
    await watched.page.keyboard.press("Enter")
    await watched.page.wait_for_selector("h1:has-text('Lead engaged')")


async def test_names_of_strangers_are_shown_as_the_text_they_are(open_page: OpenPage, board):
    board.hostile = True
    watched = await open_page()
    await watched.visit("reps")
    shown = await watched.page.inner_text("main")
    assert "<script>globalThis.pwned = 1</script>" in shown
    assert "👩‍🚀🔥 Zoë 🏳️‍🌈" in shown
    assert await watched.page.locator("main script, main img").count() == 0


async def test_times_are_local_and_tell_utc_in_their_title(open_page: OpenPage):
    watched = await open_page()
    await watched.visit("leads/engaged")
    when = watched.page.locator(".story time").first
    assert await when.inner_text() == "10:30:02"
    assert await when.get_attribute("title") == "2027-01-12 09:30:02 UTC"


async def test_a_story_has_one_clock_and_the_zone_is_named_once(open_page: OpenPage):
    """What `explain` wrote in UTC is local too; only the event itself is as it was written."""
    watched = await open_page()
    await watched.visit("leads/engaged")
    facts = watched.page.locator(".story .facts").first
    assert "10:30:02 by policy demo" in await facts.inner_text()
    titles = await facts.locator("time").evaluate_all("all => all.map((one) => one.title)")
    assert "2027-01-12 09:30:02 UTC" in titles
    shown = await watched.page.inner_text("body")
    assert shown.count("UTC") == shown.count("Times are local: Europe/Berlin; hover for UTC") == 1


async def test_a_story_is_told_in_the_words_of_explain_and_its_event_is_folded_away(open_page):
    watched = await open_page()
    await watched.visit("leads/engaged")
    shown = await watched.page.inner_text(".story")
    assert "its score rose, and the policy then hands it over" in shown
    assert "Xaver Maier (xaver) was ahead with 0.33 turns; next Uwe Brandt (uwe) 0.00" in shown
    event = watched.page.locator(".story pre").nth(1)
    assert not await event.is_visible()
    await watched.page.locator("summary").nth(1).click()
    assert '"reason": "score_rose"' in await event.inner_text()


async def test_numbers_stand_to_the_right_and_rows_have_a_heading(open_page: OpenPage):
    watched = await open_page()
    await watched.visit("reps")
    numbers = watched.page.locator("tbody td.number")
    assert await numbers.first.evaluate("(cell) => getComputedStyle(cell).textAlign") == "right"
    font = await numbers.first.evaluate("(cell) => getComputedStyle(cell).fontVariantNumeric")
    assert font == "tabular-nums"
    assert await watched.page.locator("thead th[scope=col]").count() == 10
    assert await watched.page.locator("tbody th[scope=row]").count() == 25
    await watched.page.click("text=Show all 35")
    await expect(watched.page.locator("tbody th[scope=row]")).to_have_count(35)


async def test_an_id_of_18_characters_is_shown_whole(open_page: OpenPage, board):
    board.long = True
    watched = await open_page("handset")
    for place in ("leads", "clocks", "backlog", "overview"):
        await watched.visit(place)
        ids = await watched.page.locator("a.id").all_inner_texts()
        assert ids
        assert {len(each) for each in ids} == {18}, place


async def test_long_ids_lose_their_middle_and_can_be_copied_whole(open_page: OpenPage, board):
    board.backlog = overloaded_leads()
    watched = await open_page(permissions=["clipboard-read", "clipboard-write"])
    await watched.visit("backlog")
    link = watched.page.locator("a.id[title^='expo-2027']").first
    whole = await link.get_attribute("title")
    assert "…" in await link.inner_text()
    await link.locator("xpath=following-sibling::button").click()
    copied = await watched.page.evaluate("navigator.clipboard.readText()")
    assert copied == whole


async def test_reps_are_sorted_and_filtered(open_page: OpenPage):
    watched = await open_page()
    await watched.visit("reps")
    await watched.page.click("thead button:has-text('Open')")
    cells = await watched.page.locator("tbody td[data-label=Open]").all_inner_texts()
    held = [int(cell.split()[0]) for cell in cells]
    assert held == sorted(held, reverse=True)
    await watched.page.fill("input[type=search][placeholder^=name]", "apac")
    names = await watched.page.locator("tbody th bdi").all_inner_texts()
    assert {"Quinn Harris", "Ruby Nguyen", "Sofia Reyes", "Tomas Cruz", "Dan Walker"} == {
        name for name in names if " " in name
    }


async def test_another_sales_org_is_asked_for_by_name(open_page: OpenPage, board):
    board.sales_orgs = ["main", "emea & co"]
    watched = await open_page()
    await watched.visit()
    async with watched.page.expect_request("**/api/overview?sales_org=emea%20%26%20co"):
        await watched.page.select_option("select[aria-label='Sales org']", "emea & co")
    async with watched.page.expect_request("**/api/reps?sales_org=emea%20%26%20co"):
        await watched.page.click("nav >> text=Reps")


async def test_decisions_are_split_by_outcome_channel_or_market(open_page: OpenPage):
    watched = await open_page()
    await watched.visit()
    legend = watched.page.locator(".legend").nth(1)
    assert "Handed off" in await legend.inner_text()
    await watched.page.click(".choice >> text=Channel")
    assert "Inside sales" in await legend.inner_text()
    assert "Handed off" not in await legend.inner_text()
    await watched.page.click(".choice >> text=Market")
    assert "apac" in (await legend.inner_text()).lower()


async def test_decisions_are_split_by_pool_when_somebody_asks(open_page: OpenPage, board):
    watched = await open_page()
    await watched.visit()
    assert "series" not in board.asked
    await watched.page.click(".choice >> text=Pool")
    legend = watched.page.locator(".legend").nth(1)
    await watched.page.wait_for_selector(".legend >> text=inside-apac")
    assert "emea-field" in await legend.inner_text()
    async with watched.page.expect_response("**/api/series?by=pool&step=minute"):
        board.changed("series")


async def test_a_rep_has_a_page_with_their_day_by_the_hour(open_page: OpenPage, board):
    watched = await open_page()
    await watched.visit("reps")
    await watched.page.click("text=Show all 35")
    await watched.page.click("tbody a:has-text('Uwe Brandt')")
    await watched.page.wait_for_selector("h1:has-text('Rep uwe')")
    spans = company.series("rep", "hour", "uwe")["spans"]
    assert "Uwe Brandt" in await watched.page.inner_text(".facts")
    await watched.page.locator(".chart.small summary").click()
    rows = watched.page.locator(".chart.small tbody tr")
    shown = await rows.locator("td:nth-child(2)").all_inner_texts()
    assert [int(each) for each in shown] == [row["counts"].get("uwe", 0) for row in spans]
    assert await watched.page.locator(".chart.small rect.bar").count() > 0
    watched.forgives("404")
    await watched.visit("reps/nobody")
    assert "there is no reps/nobody" in await watched.page.inner_text("main")


async def test_a_reps_page_names_what_is_open_with_them_and_when_they_work(open_page, board):
    watched = await open_page()
    await watched.visit("reps/uwe")
    shown = " ".join((await watched.page.inner_text("main")).split())
    assert "Hours Mon-Fri 08:30-17:30" in shown
    assert "Time zone Europe/Berlin" in shown
    assert "de-south" in shown
    told = company.rep("uwe")
    links = watched.page.locator("[aria-label='Open leads'] tbody a.id")
    assert await links.count() == min(25, told["count"])
    await links.first.click()
    await watched.page.wait_for_selector("h1:has-text('Lead ')")


async def test_leads_are_filtered_by_chips_that_the_address_keeps(open_page: OpenPage, board):
    board.backlog = overloaded_leads()
    watched = await open_page()
    await watched.visit()
    await watched.page.click(".bars a >> nth=0")
    await watched.page.wait_for_selector("h1:has-text('Backlog')")
    reasons = watched.page.locator("tbody td[data-label=Reason]")
    assert set(await reasons.all_inner_texts()) == {"Everyone at a cap"}
    async with watched.page.expect_response("**/api/backlog?limit=200&reason=all_at_cap&pool=*"):
        await watched.page.select_option("select[aria-label=Pool]", "inside")
    await watched.drawn()
    pools = watched.page.locator("tbody td[data-label=Pool]")
    await expect(pools.first).to_have_text("inside")
    assert set(await pools.all_inner_texts()) == {"inside"}
    assert "pool=inside" in watched.page.url
    await watched.page.click("a.chip:has-text('Pool')")
    await watched.page.wait_for_selector("select[aria-label=Pool]")
    assert "pool" not in watched.page.url
    await watched.page.reload()
    await watched.drawn()
    assert set(await reasons.all_inner_texts()) == {"Everyone at a cap"}


async def test_a_former_policy_opens(open_page: OpenPage):
    watched = await open_page()
    await watched.visit("policy")
    await watched.page.click("tbody tr:nth-child(2) a")
    await watched.page.wait_for_selector("pre:has-text('# version 11')")
    watched.forgives("404")
    await watched.visit("policy/demo/1")
    assert "there is no policies/demo/1" in await watched.page.inner_text("[role=alert]")


async def test_a_story_tells_what_was_reported_and_what_came_of_nothing(open_page: OpenPage):
    watched = await open_page()
    await watched.visit("leads/engaged")
    shown = " ".join((await watched.page.inner_text("[aria-label=Reports]")).split())
    assert "Accepted Uwe Brandt" in shown
    assert "by crm-user-0055g" in shown
    assert "The report won of 16:35:12 changed nothing: no rep has the lead." in shown
    main = " ".join((await watched.page.inner_text("main")).split())
    assert "Not read, and taken as not given: company.employees (number)" in main
    known = " ".join((await watched.page.inner_text("[aria-label='What is known']")).split())
    assert "Annual revenue EUR 1,250,000" in known
    assert "crm_in_use: hubspot" in known
    assert "Engagement 55.00 points" in known


async def test_characters_that_nobody_sees_are_written_out(open_page: OpenPage, board):
    board.hostile = True
    watched = await open_page()
    await watched.visit("reps")
    shown = await watched.page.inner_text("main")
    assert "\\u202eevil\\u202c" in shown
    assert "\u202e" not in shown


async def test_a_pool_has_its_day_by_the_hour_above_its_shares(open_page: OpenPage):
    watched = await open_page()
    await watched.visit("pools")
    hours = company.series("pool", "hour", None)["spans"]
    sums = [sum(row["counts"].get(pool_id, 0) for row in hours) for pool_id, *_ in company.POOLS]
    notes = await watched.page.locator(".chart.small .note").all_inner_texts()
    assert notes == [f"{number:,} in all" for number in sums]


async def test_a_member_of_several_pools_is_told_so_in_each(open_page: OpenPage):
    watched = await open_page()
    await watched.visit("pools")
    assert "turns of their own in emea-field" in await watched.page.inner_text("main")


async def test_a_chart_has_its_numbers_as_a_table_too(open_page: OpenPage):
    watched = await open_page()
    await watched.visit()
    await watched.page.locator("summary").nth(1).click()
    rows = watched.page.locator(".chart").nth(1).locator("tbody tr")
    assert await rows.count() == 24
    note = await watched.page.locator(".chart .note").nth(1).inner_text()
    totals = await rows.locator("td:nth-child(2)").all_inner_texts()
    assert note == f"{sum(int(total) for total in totals)} in all"


async def test_more_of_a_long_backlog_is_shown_on_request(open_page: OpenPage, board):
    board.backlog = overloaded_leads()
    watched = await open_page()
    await watched.visit("backlog")
    rows = watched.page.locator("tbody tr")
    assert await rows.count() == 25
    await watched.page.click("text=Show 100 of 200")
    await expect(rows).to_have_count(100)
    await watched.page.click("text=Read 1,000 of them")
    await watched.page.click("text=Show 400 of 1,000")
    await watched.page.click("text=Show all 1,000")
    await expect(rows).to_have_count(1_000)
    assert "the 1,000 most valuable of 3,000" in await watched.page.inner_text("main")


async def test_money_and_spans_read_as_explain_writes_them(open_page: OpenPage):
    watched = await open_page()
    await watched.visit()
    said = await watched.page.evaluate(
        """async () => {
          const { bytes, count, money, roughMoney, span } = await import('/lib/format.js');
          return [
            money(2_400_000, 'EUR'), money(1_250, 'EUR'), money(-5, 'EUR'), money(1_500, 'JPY'),
            money(1_234_567, 'KWD'), money(null, 'EUR'), roughMoney(1_250, 'EUR'),
            span(0.041), span(4.25), span(45), span(119.9), span(300), span(15_000), span(183_600),
            span(null), count(1_234_567), count(-10), bytes(940), bytes(1_200),
          ];
        }"""
    )
    assert said == [
        *("EUR 24,000", "EUR 12.50", "EUR -0.05", "JPY 1,500", "KWD 1,234.567", "\u2013", "EUR 13"),
        *("41 ms", "4.3 s", "45 s", "119 s", "5 min", "4 h 10 min", "2 d 3 h", "\u2013"),
        *("1,234,567", "\u221210", "940 B", "1.2 kB"),
    ]


async def test_a_long_story_says_what_was_left_out(open_page: OpenPage, board):
    board.left_out = {"decisions": 12, "reports": 1}
    watched = await open_page()
    await watched.visit("leads/engaged")
    said = await watched.page.inner_text("main p.note:has-text('Left out')")
    assert said == (
        "Left out here: 12 older decisions and 1 older report."
        " All of it is told by lead-router explain engaged."
    )
