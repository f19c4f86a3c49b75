"""Decisions in plain words: complete, and true to the event."""

from __future__ import annotations

from dataclasses import replace

import pytest
from world import POLICY, World

from router.core.explain.explain import People, excluded_reps, headline, tell, why_not
from router.core.explain.formatting import money, span
from router.core.explain.messages import CHOSEN, EXCLUSIONS, IGNORED, NOTIFY, OUTCOMES, REASONS
from router.core.model.assignment import Exclusion, Ignored, Notify, Outcome, Reason
from router.core.model.policy import Cap


def people_of(world: World) -> People:
    numbers = {rep.number: rep.profile.rep_id for rep in world.org.rep_numbers}
    return People({rep_id: rep_id.title() for rep_id in numbers.values()}, numbers)


def lines_of(decision, people) -> dict[str, str]:
    return {line.label: line.text for line in tell(decision, people).lines}


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (OUTCOMES, Outcome),
        (REASONS, Reason),
        (EXCLUSIONS, Exclusion),
        (NOTIFY, Notify),
        (IGNORED, Ignored),
    ],
)
def test_there_are_words_for_every_value(words, kind):
    assert set(words) == set(kind)
    assert all(words.values())


def test_a_fair_turn_tells_who_was_looked_at_and_why_the_others_could_not_have_it():
    world = World()
    decision = world.one(country="DE", language="de", expected_value_minor=900_000)
    people = people_of(world)
    story = tell(decision, people)
    assert story.headline.startswith("assigned to Ida (ida), inside sales, pool emea-inside")
    said = lines_of(decision, people)
    assert said["why"] == "a fair turn in the pool emea-inside"
    assert said["worth"] == "EUR 9,000, as given"
    assert said["looked at"] == "3 reps, of whom 1 could have it"
    assert "2 do not speak the language: Ike, Iva" in said[""]
    assert said["accept by"].endswith("5 min later")
    assert "policy test version 1" in said["decided"]


@pytest.mark.parametrize(
    ("manager", "said"),
    [("mia", "Mia (mia)"), (None, "sales operations, because no manager is there")],
)
def test_who_is_told_is_named(manager: str | None, said: str):
    world = World()
    world.one("L", employees=10, language="fr")
    world.roster("iva", manager_rep_id=manager)
    (told,) = world.feedback("rejected", "L", rep_id="iva")
    assert lines_of(told, people_of(world))["told"] == said


def test_the_terms_of_the_score_are_listed_with_their_points():
    world = World()
    decision = world.one(country="DE", employees=300, industry="software")
    said = lines_of(decision, people_of(world))
    assert said["score"] == "35 points, warm = +20 employees 250+, +15 industry software"


def test_why_not_names_the_reason_the_runner_up_and_the_stranger():
    world = World()
    people = people_of(world)
    german = world.one(country="DE", language="de")
    assert why_not(german, "ike", people) == "Ike (ike) does not speak the language"
    assert "is not in the pool emea-inside" in why_not(german, "fin", people)
    assert "did get it" in why_not(german, "ida", people)
    open_to_all = world.one(country="DE")
    loser = open_to_all["candidates"]["runners_up"][0]["rep_id"]
    assert "could have had it with" in why_not(open_to_all, loser, people)


def test_why_not_of_a_lead_that_never_came_to_a_pool_gives_the_reason_itself():
    world = World()
    decision = world.one(company_domain="acme.example", expected_value_minor=90_000_00)
    said = why_not(decision, "ike", people_of(world))
    assert said.startswith("nobody of a pool was looked at: Fay (fay) owns the account acme")


def test_why_not_of_a_rep_who_was_passed_over_says_who_chose_them_and_what_stood_against_it():
    world = World(replace(POLICY, caps={"inside": Cap(1, 9)}))
    people = people_of(world)
    world.one(sourced_by_rep_id="iva", employees=10)
    decision = world.one(sourced_by_rep_id="iva", employees=10)
    said = "Iva (iva), who found this lead, has had the day's leads"
    assert why_not(decision, "iva", people) == said
    assert lines_of(decision, people)["passed over"] == said


def test_a_lead_that_waits_for_an_owner_says_who_that_is_and_which_cap_is_full():
    world = World(replace(POLICY, caps={"field": Cap(1, 20)}))
    customer = {"company_domain": "acme.example", "expected_value_minor": 900_000}
    world.one(**customer)
    decision = world.one(**customer)
    assert why_not(decision, "fay", people_of(world)) == (
        "Fay (fay), who owns the account acme, has had the day's leads"
    )


def test_somebody_who_is_not_on_the_roster_stays_without_a_name():
    world = World()
    decision = world.one(sourced_by_rep_id="Jane Doe", employees=10)
    assert lines_of(decision, people_of(world))["passed over"] == (
        "the rep, who found this lead, is not on the roster"
    )


def test_every_question_that_can_pass_over_a_rep_has_words():
    assert set(CHOSEN) == {
        "same_person",
        "found_by_rep",
        "account_owner",
        "account_owners_partner",
        "account_owners_backup",
    }


def test_excluded_reps_are_named_for_programs():
    world = World()
    decision = world.one(country="DE", language="fr")
    assert excluded_reps(decision, people_of(world)) == {Exclusion.LANGUAGE: ["ida", "ike"]}


def test_numbers_that_are_not_known_are_shown_as_numbers():
    assert People(numbers={0: "ann"}).of_mask("5") == ["ann", "#2"]


def test_every_kind_of_decision_can_be_told():
    world = World()
    people = people_of(world)
    world.lead("a", country="DE")
    world.feedback("rejected", "a")
    world.lead("b", country="DE", expected_value_minor=2_000_000)
    world.feedback("qualified", "b")
    world.feedback("won", "b")
    world.lead("c", consent_email="denied", consent_phone="denied")
    world.lead("d", country="DE", email_digest=7)
    world.lead("e", country="DE", email_digest=7)
    world.lead("f", country="DE", expected_value_minor=100)
    world.wait(86_400_000)
    told = [tell(decision, people) for decision in world.decided]
    assert len({decision["outcome"] for decision in world.decided}) >= 6
    assert all("{" not in story.headline for story in told)
    assert all(line.text for story in told for line in story.lines)


def test_a_trial_says_that_nothing_was_changed():
    world = World()
    decision = world.one(country="DE", test=True)
    assert headline(decision, people_of(world)).endswith("(a trial: nothing was changed)")


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (3_000_000, "EUR", "EUR 30,000"),
        (1_250, "EUR", "EUR 12.50"),
        (-1_250, "EUR", "EUR -12.50"),
        (5_000, "JPY", "JPY 5,000"),
        (1_005, "KWD", "KWD 1.005"),
        (0, "USD", "USD 0"),
    ],
)
def test_money_is_written_in_units_of_its_currency(minor, currency, text):
    assert money(minor, currency) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (45, "45 s"),
        (300, "5 min"),
        (4 * 3600, "4 h"),
        (5400, "1 h 30 min"),
        (2 * 86_400, "2 d"),
        (180_000, "2 d 2 h"),
    ],
)
def test_spans_of_time_are_written_in_the_units_that_people_use(seconds, text):
    assert span(seconds) == text
