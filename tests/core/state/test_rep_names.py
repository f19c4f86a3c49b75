"""A rep is named by their rep id or by any of their ids in a CRM: nothing else is different."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from auditor import everything
from happenings import begin, happenings, next_event
from hypothesis import HealthCheck, given, settings
from world import ACCOUNT, HOUR_MS, REPS, World

from router.core.explain.explain import People, tell, why
from router.core.model.events import Account, Command, Event, Feedback, LeadEvent, RosterEntry
from router.core.search.stand_ins import manager_there
from router.core.state.rep_names import key_of
from router.core.state.unknown_names import NAMES_MAX, NO_ID

SHORT, LONG = "0055g00000AbCdE", "0055g00000AbCdEAAV"
CRM_IDS = {
    rep_id: {"salesforce": f"0055g0000{n:05}A", "hubspot": str(7000 + n)}
    for n, rep_id in enumerate([*(rep.rep_id for rep in REPS), "new"])
}


def known(*reps: RosterEntry, **crm_ids: dict[str, str]) -> World:
    """The world with ids of a CRM; by default each rep's own."""
    ids = {**CRM_IDS, **crm_ids}
    with_ids = [replace(rep, crm_ids=ids.get(rep.rep_id, {})) for rep in (*REPS, *reps)]
    return World(reps=tuple(with_ids))


def owned() -> World:
    world = known()
    assert world.one("L", employees=10)["rep_id"] == "ida"
    return world


IDA, IVA = CRM_IDS["ida"]["salesforce"], CRM_IDS["iva"]["salesforce"]


def test_all_owners_sent_every_night_by_ids_of_the_crm_change_nothing():
    world = owned()
    for _ in range(3):
        for name in CRM_IDS["ida"].values():
            assert world.feedback("owner_changed", "L", rep_id=name) == []
    assert world.status("L") == "assigned"


def test_an_owner_changed_in_the_crm_may_be_named_by_the_crms_id():
    world = owned()
    (decision,) = world.feedback("owner_changed", "L", rep_id=IVA)
    assert (decision["reason"], decision["rep_id"]) == ("changed_in_crm", "iva")


def test_a_report_by_the_crms_id_is_its_reps():
    world = owned()
    world.feedback("contacted", "L", rep_id=IDA)
    assert world.status("L") == "contacted"
    world.feedback("rejected", "L", rep_id=IVA)
    assert world.owner("L") == "ida"


def test_a_report_on_an_assignment_by_the_crms_id_is_its_reps():
    world = owned()
    world.feedback("contacted", "L", assignment_id="L.1", rep_id=IDA)
    assert world.status("L") == "contacted"


def test_who_claims_a_lead_may_be_named_by_the_crms_id():
    world = known()
    world.one("L", employees=10, language="pl")
    (decision,) = world.feedback("claimed", "L", rep_id=IVA)
    assert (decision["reason"], decision["rep_id"]) == ("claimed", "iva")


def test_an_accounts_owner_may_be_named_by_the_crms_id():
    world = known()
    world.feed(replace(ACCOUNT, owner_rep_id=CRM_IDS["fin"]["hubspot"]))
    decision = world.one(company_domain="acme.example", expected_value_minor=9_000_000)
    assert (decision["reason"], decision["rep_id"]) == ("account_owner", "fin")


def test_who_found_a_lead_may_be_named_by_the_crms_id():
    decision = known().one(sourced_by_rep_id=IVA, employees=10)
    assert (decision["reason"], decision["rep_id"]) == ("found_by_rep", "iva")


def test_an_imported_leads_owner_may_be_named_by_the_crms_id():
    decision = known().one("L", "imported", owner_rep_id=IVA)
    assert (decision["reason"], decision["rep_id"]) == ("imported", "iva")


def test_operators_may_name_a_rep_by_the_crms_id():
    world = owned()
    assert world.command("assign", "L", rep_id=IVA)[0]["rep_id"] == "iva"
    world.command("rep_away", IVA, from_ms=world.now_ms, until_ms=world.now_ms + HOUR_MS)
    assert world.org.reps["iva"].profile.time_off == [(world.now_ms, world.now_ms + HOUR_MS)]


def test_a_rep_id_wins_over_another_reps_id_in_a_crm():
    world = known(iva={"hubspot": "ike"})
    world.one("L", employees=10)
    assert world.feedback("owner_changed", "L", rep_id="ike")[0]["rep_id"] == "ike"


def test_managers_and_partners_may_be_named_by_the_crms_id():
    world = known()
    world.roster("ida", manager_rep_id=CRM_IDS["mia"]["salesforce"])
    ida, mia = world.org.reps["ida"], world.org.reps["mia"]
    assert manager_there(world.org, ida, world.now_ms) is mia
    world.roster("mia", time_off=[(0, 1 << 50)], backup_rep_id=IVA)
    assert manager_there(world.org, ida, world.now_ms) is world.org.reps["iva"]


def test_case_counts():
    world = owned()
    (decision,) = world.feedback("owner_changed", "L", rep_id=IVA.lower())
    assert (decision["outcome"], decision["outside_rep_id"]) == ("recalled", IVA.lower())


@pytest.mark.parametrize(("of_roster", "named"), [(SHORT, LONG), (LONG, SHORT), (LONG, LONG)])
def test_both_forms_of_a_salesforce_id_are_one(of_roster: str, named: str):
    world = known(iva={"salesforce": of_roster})
    world.one("L", employees=10)
    assert world.feedback("owner_changed", "L", rep_id=named)[0]["rep_id"] == "iva"


@pytest.mark.parametrize(
    "other",
    [SHORT.lower(), LONG.lower(), LONG[:-1] + "W", SHORT + "x", "0055g00000abcdeAAA", SHORT[:-1]],
)
def test_what_is_not_the_same_salesforce_id_is_another(other: str):
    assert key_of(other) != key_of(LONG)


def test_who_joins_later_with_that_id_gets_what_was_waiting_for_them():
    world = owned()
    zoe = RosterEntry("zoe", ["inside"], "inside_rep")
    (told,) = world.feedback("owner_changed", "L", rep_id=LONG)
    assert (told["reason"], told["outside_rep_id"]) == ("owner_not_on_roster", LONG)
    assert world.feedback("owner_changed", "L", rep_id=SHORT) == []  # said again
    world.one("M", "imported", owner_rep_id=SHORT)
    world.feed(zoe)
    assert world.wait(0) == []
    world.restart()
    world.feed(replace(zoe, crm_ids={"salesforce": SHORT}))
    given = {one["lead_id"]: (one["reason"], one["rep_id"]) for one in world.wait(0)}
    assert given == {"L": ("changed_in_crm", "zoe"), "M": ("imported", "zoe")}


def test_who_has_come_and_gone_before_a_tick_is_still_the_one_outside():
    world = owned()
    world.feedback("owner_changed", "L", rep_id=LONG)
    zoe = RosterEntry("zoe", ["inside"], "inside_rep", crm_ids={"salesforce": SHORT})
    world.feed(zoe)
    world.roster("zoe", removed=True)
    assert world.feedback("owner_changed", "L", rep_id=SHORT) == []
    assert world.feedback("owner_changed", "L", rep_id="zoe") == []


def test_a_leaver_is_outside_by_their_own_id_however_they_are_named():
    world = owned()
    world.roster("iva", removed=True)
    (decision,) = world.feedback("owner_changed", "L", rep_id=IVA)
    assert (decision["outcome"], decision["outside_rep_id"]) == ("recalled", "iva")
    assert world.feedback("owner_changed", "L", rep_id="iva") == []


def test_an_id_that_was_a_leavers_is_its_new_owners():
    world = owned()
    world.roster("ike", crm_ids=CRM_IDS["iva"])
    world.roster("iva", removed=True)
    assert world.feedback("owner_changed", "L", rep_id=IVA)[0]["rep_id"] == "ike"


def shared() -> World:
    """ike and iva have one id in the CRM."""
    return known(ike={"salesforce": SHORT}, iva={"salesforce": LONG})


def test_an_owner_by_an_id_that_two_reps_share_is_told_and_waited_for():
    world = shared()
    assert world.one("L", employees=10)["rep_id"] == "ida"
    (decision,) = world.feedback("owner_changed", "L", rep_id=LONG)
    assert (decision["outcome"], decision["reason"]) == ("recalled", "owner_ambiguous")
    assert decision["outside_rep_id"] == LONG
    assert why(decision, People()) == (f"in the CRM it is {LONG}'s, an id that several reps have")
    assert world.feedback("owner_changed", "L", rep_id=LONG) == []
    world.roster("ike", crm_ids={})
    assert world.wait(0)[0]["rep_id"] == "iva"


def test_one_of_those_who_share_an_id_keeps_the_lead_and_is_heard():
    world = shared()
    world.one("L", employees=10)
    world.command("assign", "L", rep_id="iva")
    assert world.feedback("owner_changed", "L", rep_id=SHORT) == []
    world.feedback("contacted", "L", rep_id=SHORT)
    assert (world.owner("L"), world.status("L")) == ("iva", "contacted")


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"sourced_by_rep_id": LONG}, "found_by_rep"),
        ({"company_domain": "acme.example", "expected_value_minor": 9_000_000}, "account_owner"),
    ],
)
def test_who_is_named_by_a_lead_or_its_account_and_is_nobody_is_passed_over_by_name(
    facts: dict[str, Any], reason: str
):
    for world, why_not, words in (
        (known(), "not_on_roster", "is not on the roster"),
        (shared(), "ambiguous_id", "is an id that several reps have"),
    ):
        world.feed(replace(ACCOUNT, owner_rep_id=LONG))
        decision = world.one("L", **facts)
        passed = {"reason": reason, "why": why_not, "outside_rep_id": LONG}
        assert decision["passed_over"] == [passed]
        assert any(
            line.text.startswith(LONG) and line.text.endswith(words)
            for line in tell(decision, People()).lines
        )


def test_an_import_by_an_id_that_two_reps_share_says_so_and_is_read_once():
    world = shared()
    decision = world.one("L", "imported", owner_rep_id=LONG)
    assert (decision["outcome"], decision["reason"]) == ("closed", "owner_ambiguous")
    assert world.lead("L", "imported", owner_rep_id=SHORT) == []


def test_reports_that_name_nobody_are_remembered_until_the_roster_knows_the_name():
    world = owned()
    for name in (LONG, LONG, "Jane Doe", IVA):
        world.feedback("contacted", "L", rep_id=name)
    assert world.status("L") == "assigned"
    heard = {LONG: (2, world.now_ms), NO_ID: (1, world.now_ms)}
    assert world.org.unknown_names == heard
    world.restart()
    assert world.org.unknown_names == heard
    world.roster("ike", crm_ids={"salesforce": SHORT})
    world.restart()
    assert list(world.org.unknown_names) == [NO_ID]


def test_of_names_that_nobody_has_the_latest_are_remembered():
    world = owned()
    for number in range(NAMES_MAX + 2):
        world.now_ms += 1
        world.feedback("contacted", "L", rep_id=f"x{number}")
    assert list(world.org.unknown_names) == [f"x{number}" for number in range(2, NAMES_MAX + 2)]


def by_crm_id(name: str | None, salt: int) -> str | None:
    """Another name of the rep."""
    ids = CRM_IDS.get(name or "")
    return name if ids is None else list(ids.values())[salt % 2]


def renamed(event: Event, salt: int) -> Event:
    """The event as a CRM would send it, with its own ids."""
    if isinstance(event, Feedback):
        return replace(event, rep_id=by_crm_id(event.rep_id, salt))
    if isinstance(event, Account):
        return replace(event, owner_rep_id=by_crm_id(event.owner_rep_id, salt))
    if isinstance(event, LeadEvent):
        facts, event = event.facts, deepcopy(event)
        event.facts.owner_rep_id = by_crm_id(facts.owner_rep_id, salt)
        event.facts.sourced_by_rep_id = by_crm_id(facts.sourced_by_rep_id, salt)
        return event
    if isinstance(event, RosterEntry):
        links = ("manager_rep_id", "partner_rep_id", "backup_rep_id")
        return replace(event, **{name: by_crm_id(getattr(event, name), salt) for name in links})
    if isinstance(event, Command):
        subject = event.subject
        if event.command == "rep_away":
            subject = by_crm_id(subject, salt) or ""
        return replace(event, rep_id=by_crm_id(event.rep_id, salt), subject=subject)
    return event


def with_crm_ids(event: Event) -> Event:
    if isinstance(event, RosterEntry):
        return replace(event, crm_ids=CRM_IDS[event.rep_id])
    return event


def as_rep_ids(decisions: list[Any]) -> str:
    """Return decisions as text, with rep ids; who is not on the roster keeps the name said."""
    names = {crm_id: rep_id for rep_id, ids in CRM_IDS.items() for crm_id in ids.values()}
    found = deepcopy(decisions)
    for decision in found:
        for told in (decision, *decision.get("passed_over", [])):
            if "outside_rep_id" in told:
                told["outside_rep_id"] = names.get(told["outside_rep_id"], told["outside_rep_id"])
    return json.dumps(found)


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(happenings)
def test_naming_reps_by_ids_of_the_crm_gives_the_same_decisions(numbers: list[int]):
    world, other = begin(numbers[0]), begin(numbers[0])
    for rep in REPS:
        entry = with_crm_ids(world.org.reps[rep.rep_id].profile)
        world.feed(entry)
        other.feed(renamed(entry, rep.rep_id == "ida"))
    for place, number in enumerate(numbers):
        event = with_crm_ids(next_event(number, world))
        other.now_ms = world.now_ms
        if place % 7 == 3:
            other.restart()
        decided = other.feed(renamed(deepcopy(event), place))
        assert as_rep_ids(decided) == as_rep_ids(world.feed(event))
    other.keep_changes()
    before = everything(other.shard)
    other.restart()
    assert everything(other.shard) == before
