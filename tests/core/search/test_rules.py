"""The questions asked before rotation, each with its own reason."""

from __future__ import annotations

from dataclasses import replace

from world import ACCOUNT, DAY_MS, HOUR_MS, MINUTE_MS, POLICY, REPS, World, values, with_rep

from router.core.model.events import Account
from router.core.model.policy import Cap, ExitLine

BIG = 900_000


def rep_named(name: str):
    return next(rep for rep in REPS if rep.rep_id == name)


NO_CALLS = {"email_digest": 1, "phone_digest": 2, "consent_email": "denied",
            "consent_phone": "denied"}  # fmt: skip


def test_a_person_who_grants_texts_by_name_can_be_reached_where_a_phone_is_known():
    assert World().one(**NO_CALLS, consent_sms="granted", employees=10)["outcome"] == "assigned"
    nowhere_to_text = {**NO_CALLS, "phone_digest": None, "consent_sms": "granted"}
    assert World().one(**nowhere_to_text, employees=10)["reason"] == "consent_refused"


def test_who_refuses_calls_refuses_texts_with_them():
    for texts in (None, "unknown", "denied"):
        decision = World().one(**NO_CALLS, consent_sms=texts, employees=10)
        assert (decision["outcome"], decision["reason"]) == ("closed", "consent_refused")


def test_who_refuses_texts_can_still_be_called():
    calls = {**NO_CALLS, "consent_phone": None, "consent_sms": "denied"}
    assert World().one(**calls, employees=10)["outcome"] == "assigned"


def test_the_same_person_again_is_merged_with_the_open_lead_and_its_owner():
    world = World()
    first = world.one("first", email_digest=7, employees=10)
    decision, told = world.lead("second", email_digest=7, employees=9_000)
    assert (decision["outcome"], decision["reason"]) == ("merged", "same_person")
    assert (decision["merged_into"], decision["rep_id"]) == ("first", first["rep_id"])
    assert (told["lead_id"], told["reason"]) == ("first", "asked_again")
    assert world.open_of(first["rep_id"]) == 1


def test_the_same_person_is_known_by_phone_too_and_through_earlier_merges():
    world = World()
    world.one("first", email_digest=7, employees=10)
    world.lead("second", email_digest=7, phone_digest=8)
    assert world.lead("third", phone_digest=8)[0]["merged_into"] == "first"


def test_the_same_person_after_a_closed_deal_goes_to_the_same_rep():
    world = World()
    world.one(employees=10)
    first = world.one("first", email_digest=7, employees=10)
    world.feedback("lost", "first")
    decision = world.one("second", email_digest=7, employees=10)
    assert (decision["reason"], decision["rep_id"]) == ("same_person", first["rep_id"])


def test_the_same_person_goes_elsewhere_when_their_rep_is_away_or_the_time_is_over():
    world = World()
    first = world.one("first", email_digest=7, employees=10)
    world.feedback("lost", "first")
    world.roster(first["rep_id"], time_off=[(world.now_ms, world.now_ms + DAY_MS)])
    assert world.one("second", email_digest=7, employees=10)["reason"] == "rotation"
    short = replace(
        POLICY,
        before_rotation=(ExitLine("same_person", "same_rep", (), "soon", within_ms=HOUR_MS),),
    )
    world = World(short)
    world.one("first", email_digest=7, employees=10)
    world.now_ms += 2 * HOUR_MS
    assert world.one("second", email_digest=7, employees=10)["reason"] == "rotation"


def test_who_finds_a_lead_keeps_it():
    decision = World().one(sourced_by_rep_id="iva", expected_value_minor=9_000_000)
    assert (decision["reason"], decision["rep_id"]) == ("found_by_rep", "iva")
    assert decision["rule"] == "found by rep"


def test_a_lead_found_by_a_rep_who_is_not_there_is_routed_as_any_other():
    assert World().one(sourced_by_rep_id="nobody", employees=10)["reason"] == "rotation"
    world = World(reps=with_rep("iva", time_off=[(0, 1 << 50)]))
    assert world.one(sourced_by_rep_id="iva", employees=10)["reason"] == "rotation"


def test_a_customers_lead_goes_to_the_accounts_owner():
    decision = World().one(company_domain="acme.example", expected_value_minor=BIG)
    assert (decision["reason"], decision["rep_id"]) == ("account_owner", "fay")
    assert (decision["account_id"], decision["sales_channel"]) == ("acme", "field")


def test_the_account_is_known_by_a_business_email_or_by_its_name_but_not_by_free_mail():
    world = World()
    by_mail = {"email_domain": "acme.example", "expected_value_minor": BIG}
    assert world.one(**by_mail, email_kind="business")["rep_id"] == "fay"
    assert world.one(**by_mail, email_kind="free_mail")["reason"] == "rotation"
    assert world.one(company_key="acme", expected_value_minor=BIG)["rep_id"] == "fay"


def test_a_subsidiary_without_an_owner_goes_to_the_parents_owner():
    world = World(accounts=(ACCOUNT, Account("sub", "sub", ["sub.example"], "acme")))
    decision = world.one(company_domain="sub.example", expected_value_minor=BIG)
    assert (decision["rep_id"], decision["account_id"]) == ("fay", "sub")


def test_a_small_follow_up_goes_to_the_owners_inside_partner_and_both_stay_on_it():
    decision = World().one(company_domain="acme.example", expected_value_minor=1_000)
    assert (decision["reason"], decision["rep_id"]) == ("account_owners_partner", "ida")
    assert decision["partner_rep_id"] == "fay"


def test_a_partner_who_rejects_does_not_get_it_again():
    world = World()
    world.one("L", company_domain="acme.example", expected_value_minor=1_000)
    (decision,) = world.feedback("rejected", "L", rep_id="ida")
    assert decision["rep_id"] == "fay"


def test_an_owner_who_is_away_for_long_is_stood_in_for_by_the_backup():
    reps = with_rep("fay", time_off=[(0, 1 << 50)], backup_rep_id="fin")
    decision = World(reps=reps).one(company_domain="acme.example", expected_value_minor=BIG)
    assert (decision["reason"], decision["rep_id"]) == ("account_owners_backup", "fin")


def test_a_backup_who_rejects_does_not_get_it_again():
    reps = with_rep("fay", time_off=[(0, 1 << 50)], backup_rep_id="fin")
    world = World(reps=reps)
    world.one("L", company_domain="acme.example", expected_value_minor=9_000_000)
    (decision,) = world.feedback("rejected", "L", rep_id="fin")
    assert decision.get("rep_id") != "fin"


def test_an_owner_who_is_away_for_a_day_at_most_still_gets_the_lead():
    world = World()
    world.roster("fay", time_off=[(world.now_ms, world.now_ms + HOUR_MS)])
    decision = world.one(company_domain="acme.example", expected_value_minor=BIG)
    assert decision["rep_id"] == "fay"


def test_leave_that_follows_leave_counts_as_one():
    now = World().now_ms
    leave = [(now + HOUR_MS, now + 40 * HOUR_MS), (now - HOUR_MS, now + HOUR_MS)]
    reps = with_rep("fay", time_off=leave, backup_rep_id="fin")
    decision = World(reps=reps).one(company_domain="acme.example", expected_value_minor=BIG)
    assert decision["rep_id"] == "fin"


def _when_away(use: str, **away: object):
    line = ExitLine("account_has_owner", "owner", (), "owner", away_use=use)  # type: ignore[arg-type]
    away = away or {"time_off": [(0, 1 << 50)]}
    return World(replace(POLICY, before_rotation=(line,)), with_rep("fay", **away))


def test_a_policy_may_say_that_the_lead_waits_for_an_owner_who_is_away():
    decision = _when_away("wait").one("L", company_domain="acme.example", expected_value_minor=BIG)
    assert (decision["outcome"], decision["reason"]) == ("queued", "owner_away")
    assert "wait_until" in decision


def test_a_policy_may_say_that_the_pool_takes_over_from_an_owner_who_is_away():
    decision = _when_away("pool").one(company_domain="acme.example", expected_value_minor=BIG)
    assert decision["reason"] == "rotation"


def test_without_a_backup_the_pool_takes_over():
    decision = _when_away("backup").one(company_domain="acme.example", expected_value_minor=BIG)
    assert decision["reason"] == "rotation"


def _not_started(use: str, **more: object) -> World:
    """A world whose account's owner begins in an hour, less than the policy's `over`."""
    return _when_away(use, starts_ms=World().now_ms + HOUR_MS, **more)


def test_an_owner_who_has_not_started_is_stood_in_for_by_the_backup():
    world = _not_started("backup", backup_rep_id="fin")
    decision = world.one(company_domain="acme.example", expected_value_minor=BIG)
    assert (decision["reason"], decision["rep_id"]) == ("account_owners_backup", "fin")


def test_the_pool_takes_over_from_an_owner_who_has_not_started():
    for use in ("pool", "backup"):
        decision = _not_started(use).one(company_domain="acme.example", expected_value_minor=BIG)
        assert decision["reason"] == "rotation"
        assert decision["rep_id"] != "fay"


def test_a_lead_waits_for_an_owner_who_has_not_started_until_they_have():
    world = _not_started("wait")
    decision = world.one("L", company_domain="acme.example", expected_value_minor=BIG)
    assert (decision["outcome"], decision["reason"]) == ("queued", "owner_away")
    assert world.wait(HOUR_MS - 1) == []
    (found,) = world.wait(1)
    assert (found["reason"], found["rep_id"]) == ("account_owner", "fay")


def test_nobody_who_has_not_started_is_chosen_before_rotation():
    soon = {"starts_ms": World().now_ms + HOUR_MS}
    found = World(reps=with_rep("iva", **soon)).one(sourced_by_rep_id="iva", employees=10)
    assert (found["reason"], found["rep_id"]) == ("rotation", "ida")
    customer = {"company_domain": "acme.example", "expected_value_minor": BIG}
    small = {**customer, "expected_value_minor": 1_000}
    assert World(reps=with_rep("ida", **soon)).one(**small)["reason"] == "account_owner"
    away = with_rep("fay", time_off=[(0, 1 << 50)], backup_rep_id="fin")
    backups = tuple(replace(rep, **soon) if rep.rep_id == "fin" else rep for rep in away)
    assert World(reps=backups).one(**customer)["reason"] == "rotation"
    world = World()
    first = world.one("first", email_digest=7, employees=10)
    world.feedback("lost", "first")
    world.roster(first["rep_id"], **soon)
    assert world.one(email_digest=7, employees=10)["reason"] == "rotation"


def _owner_at_cap() -> World:
    world = World(replace(POLICY, caps={"field": Cap(1, 20)}))
    world.one("first", company_domain="acme.example", expected_value_minor=BIG)
    return world


def test_a_customers_lead_waits_for_an_owner_at_cap_and_goes_to_them_next_day():
    world = _owner_at_cap()
    decision = world.one("L", company_domain="acme.example", expected_value_minor=BIG)
    assert (decision["outcome"], decision["reason"]) == ("queued", "owner_at_cap")
    later = [one for one in world.wait(DAY_MS) if one["lead_id"] == "L"]
    assert (later[0]["reason"], later[0]["rep_id"]) == ("account_owner", "fay")


def test_an_urgent_request_of_a_field_customer_passes_the_daily_cap_and_says_so():
    world = _owner_at_cap()
    decision = world.one(
        company_domain="acme.example", expected_value_minor=BIG, request="rush_order"
    )
    assert (decision["reason"], decision["rep_id"]) == ("urgent_customer", "fay")


def test_an_urgent_request_does_not_pass_the_open_cap():
    world = World(replace(POLICY, caps={"field": Cap(9, 1)}))
    urgent = {
        "company_domain": "acme.example",
        "expected_value_minor": BIG,
        "request": "rush_order",
    }
    assert world.one(**urgent)["reason"] == "account_owner"
    assert world.one(**urgent)["reason"] == "owner_at_cap"


def test_an_urgent_request_says_that_it_passed_the_cap_even_when_it_was_placed_again():
    world = World(replace(POLICY, caps={"field": Cap(1, 20), "inside": Cap()}))
    world.one("first", company_domain="acme.example", expected_value_minor=BIG)
    world.one("L", company_domain="acme.example", expected_value_minor=1_000, request="rush_order")
    (decision,) = world.feedback("rejected", "L", rep_id="ida")
    assert (decision["outcome"], decision["reason"]) == ("reassigned", "urgent_customer")


def test_a_new_lead_does_not_go_before_one_that_waits_for_the_same_owner():
    world = World(replace(POLICY, caps={"field": Cap(None, 1)}))
    for name in ("first", "waits"):
        world.one(name, company_domain="acme.example", expected_value_minor=BIG)
    world.feedback("lost", "first")
    world.now_ms += 1
    world.lead("late", company_domain="acme.example", expected_value_minor=BIG)
    assert (world.owner("waits"), world.status("late")) == ("fay", "waiting")


def test_an_owner_who_has_left_is_no_owner():
    world = World(reps=with_rep("fay", leaves_ms=1))
    assert (
        world.one(company_domain="acme.example", expected_value_minor=BIG)["reason"] == "rotation"
    )


def test_a_lead_too_small_to_work_on_is_nurtured():
    decision = World().one(expected_value_minor=1_000)
    assert (decision["outcome"], decision["reason"]) == ("nurtured", "too_small")
    assert decision["rule"] == "too small"


def test_a_hot_lead_is_never_too_small():
    world = World()
    world.engage("L", 90)
    assert world.one("L", expected_value_minor=1_000)["outcome"] == "assigned"


def test_the_policys_order_of_questions_decides():
    both = {
        "sourced_by_rep_id": "iva",
        "company_domain": "acme.example",
        "expected_value_minor": BIG,
    }
    assert World().one(**both)["reason"] == "found_by_rep"
    turned = replace(POLICY, before_rotation=POLICY.before_rotation[::-1])
    assert World(turned).one(**both)["reason"] == "account_owner"


def test_a_question_is_asked_only_where_its_when_holds():
    line = replace(POLICY.before_rotation[2], when=(values("country", "fr"),))
    world = World(replace(POLICY, before_rotation=(line,)))
    assert world.one(sourced_by_rep_id="iva", employees=10)["reason"] == "rotation"
    assert world.one(sourced_by_rep_id="iva", country="FR")["reason"] == "found_by_rep"


def test_a_service_request_of_a_customer_goes_to_the_partner_where_the_policy_says_so():
    line = ExitLine(
        "account_has_owner", "owners_inside_partner", (values("request", "service"),), "service"
    )
    world = World(replace(POLICY, before_rotation=(line, *POLICY.before_rotation)))
    credits_before = world.org.pools.copy()
    decision = world.one(company_domain="acme.example", expected_value_minor=BIG, request="service")
    assert decision["rep_id"] == "ida"
    assert world.org.pools == credits_before  # service costs nobody a turn


def passed(reason: str, why: str, rep_id: str | None = None) -> dict[str, str]:
    entry = {"reason": reason, "why": why}
    return entry if rep_id is None else {**entry, "rep_id": rep_id}


CUSTOMER = {"company_domain": "acme.example", "expected_value_minor": BIG}
SMALL = {**CUSTOMER, "expected_value_minor": 1_000}


def test_an_event_says_nothing_of_questions_that_were_not_asked_or_were_answered():
    assert "passed_over" not in World().one(employees=10)
    assert "passed_over" not in World().one(**CUSTOMER)
    assert "passed_over" not in World().one(sourced_by_rep_id="iva", employees=10)


def test_a_finder_at_a_cap_is_named_with_the_cap():
    for cap, why in (
        (Cap(1, 9), "day_cap"),
        (Cap(9, 1), "open_cap"),
        (Cap(9, 9, (("web", 1),)), "source_cap"),
    ):
        world = World(replace(POLICY, caps={"inside": cap}))
        found = {"sourced_by_rep_id": "iva", "employees": 10, "lead_source": "web"}
        world.one(**found)
        decision = world.one(**found)
        assert decision["reason"] == "rotation"
        assert decision["passed_over"] == [passed("found_by_rep", why, "iva")]


def test_a_finder_who_is_not_there_or_declined_it_is_named_with_the_reason():
    now = World().now_ms
    for away, why in (
        ({"leaves_ms": 1}, "left"),
        ({"starts_ms": now + 1}, "not_started"),
        ({"time_off": [(0, 1 << 50)]}, "time_off"),
    ):
        decision = World(reps=with_rep("iva", **away)).one(sourced_by_rep_id="iva", employees=10)
        assert decision["passed_over"] == [passed("found_by_rep", why, "iva")]
    world = World()
    world.one("L", sourced_by_rep_id="iva", employees=10)
    (decision,) = world.feedback("rejected", "L", rep_id="iva")
    assert decision["passed_over"] == [passed("found_by_rep", "declined_it", "iva")]


def test_a_name_that_is_not_on_the_roster_is_not_repeated():
    decision = World().one(sourced_by_rep_id="Jane Doe", employees=10)
    assert decision["passed_over"] == [passed("found_by_rep", "not_on_roster")]
    orphan = (replace(ACCOUNT, owner_rep_id="Jane Doe"),)
    decision = World(accounts=orphan).one(**CUSTOMER)
    assert decision["passed_over"] == [passed("account_owner", "not_on_roster")]


def test_the_rep_whom_a_person_had_before_is_named_when_they_are_away():
    world = World()
    first = world.one("first", email_digest=7, employees=10)["rep_id"]
    world.feedback("lost", "first")
    world.roster(first, time_off=[(0, 1 << 50)])
    decision = world.one(email_digest=7, employees=10)
    assert decision["passed_over"] == [passed("same_person", "time_off", first)]


def test_an_owner_who_is_waited_for_is_named_with_the_cap():
    decision = _owner_at_cap().one(**CUSTOMER)
    assert decision["reason"] == "owner_at_cap"
    assert decision["passed_over"] == [passed("account_owner", "day_cap", "fay")]


def test_owner_partner_and_backup_are_named_in_the_order_of_asking():
    reps = with_rep("fay", time_off=[(0, 1 << 50)], backup_rep_id="fin")
    world = World(replace(POLICY, caps={"inside": Cap(open=0), "field": Cap(open=0)}), reps)
    assert world.one(**SMALL)["passed_over"] == [
        passed("account_owners_partner", "open_cap", "ida"),
        passed("account_owner", "time_off", "fay"),
        passed("account_owners_backup", "open_cap", "fin"),
    ]


def test_an_owner_who_has_left_is_named_once_however_many_lines_ask_for_them():
    decision = World(reps=with_rep("fay", leaves_ms=1)).one(**SMALL)
    assert decision["passed_over"] == [passed("account_owner", "left", "fay")]


def test_a_lead_offered_again_names_whom_it_passes_over_then():
    world = World(replace(POLICY, caps={"inside": Cap(open=1)}))
    for _ in range(3):
        world.one(employees=10)
    waits = world.one("L", sourced_by_rep_id="iva", employees=10)
    assert waits["passed_over"] == [passed("found_by_rep", "open_cap", "iva")]
    world.feedback("lost", "lead-1")
    (decision,) = world.wait(MINUTE_MS)
    assert (decision["lead_id"], decision["rep_id"]) == ("L", "ida")
    assert decision["passed_over"] == [passed("found_by_rep", "open_cap", "iva")]


def test_a_handoff_names_the_owner_who_could_not_have_it():
    world = World(reps=with_rep("fay", time_off=[(0, 1 << 50)], backup_rep_id=None))
    world.one("L", expected_value_minor=2_000_000)
    world.lead("L", "updated", company_domain="acme.example")
    (decision,) = world.feedback("qualified", "L")
    assert (decision["outcome"], decision["rep_id"]) == ("handed_off", "fin")
    assert decision["passed_over"] == [passed("account_owner", "time_off", "fay")]
