"""The policy language: what compiles to what, and every mistake with its line."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.core.compiled.conditions import compile_when, rep_field
from router.core.model import policy as compiled
from router.core.model.events import FeedbackType, RosterEntry
from router.intake.policy import (
    check_policy,
    load_policy,
    policy_from_json,
    policy_to_json,
    source_digest,
)
from router.intake.policy.fields import HANDOFF_FEEDBACK, LEAD_FIELDS, MEMBER_FIELDS
from router.intake.policy.roster_checks import check_against_roster

TEMPLATE = Path(__file__).parents[3] / "router/cli/templates/policy.yaml"
EXAMPLE = Path(__file__).parent / "policy_example.yaml"
SMALL = """\
policy: small
currency: EUR
pools:
  sales: {channel: inside}
"""


def policy_of(text: str) -> compiled.Policy:
    loaded = load_policy(text, published_at_ms=1_000)
    assert isinstance(loaded, compiled.Policy), [str(problem) for problem in loaded]
    return loaded


def problems_of(text: str) -> list[str]:
    return [str(problem) for problem in check_policy(text, published_at_ms=1_000).problems]


def with_lines(lines: str) -> str:
    return SMALL + lines


def when_of(when: str) -> tuple[compiled.Test, ...]:
    text = with_lines(f"channel:\n  - {{use: inside, when: {{{when}}}}}\n  - {{use: inside}}\n")
    return policy_of(text).channel[0].when


def test_the_template_loads_without_a_word():
    assert problems_of(TEMPLATE.read_text()) == []


def test_the_example_loads_and_only_doubts_what_intake_never_sets():
    assert isinstance(load_policy(EXAMPLE.read_text(), published_at_ms=0), compiled.Policy)
    [doubt] = problems_of(EXAMPLE.read_text())
    assert "`email_kind` is hardly ever `competitor`" in doubt


def test_a_policy_of_four_lines_works():
    policy = policy_of(SMALL)
    assert policy.policy_id == "small"
    assert policy.effective_from_ms == 1_000
    assert policy.default_market_id == "everywhere"
    assert {"DE", "US", "NO", "XK"} <= set(policy.markets[0].countries)
    assert policy.channel == (compiled.ChannelLine("inside", (), "use inside"),)
    assert policy.pools == (compiled.Pool("sales", None, "inside", ()),)
    assert [line.on for line in policy.before_rotation] == [
        "consent_refused",
        "same_person",
        "found_by_rep",
        "account_has_owner",
    ]
    assert policy.caps == {}
    assert policy.sla == {}
    assert policy.nobody_free == {"field": ("backlog",), "inside": ("backlog",)}


def test_a_policy_with_field_pools_only_sends_leads_to_the_field():
    assert policy_of("policy: f\npools: {p: {channel: field}}\n").channel[0].use == "field"


def test_the_country_no_is_norway_however_it_is_written():
    plain = "policy: n\nmarkets: {nordic: {countries: [NO, SE]}}\npools: {p: {}}\n"
    quoted = plain.replace("NO", '"NO"')
    directive = "%YAML 1.1\n---\n" + plain
    for text in (plain, quoted, directive):
        assert policy_of(text).markets[0].countries == ("NO", "SE")


def test_leading_zeros_and_times_stay_text():
    assert when_of("postal_code: 01067")[0].values == ("01067",)
    assert when_of("postal_code: 0*")[0].prefixes == ("0",)
    assert when_of("custom.slot: 17:30")[0].values == ("17:30",)
    assert when_of("custom.flag: NO")[0].values == ("no",)
    assert when_of("custom.version: 1.10")[0].values == ("1.10",)


def test_values_are_casefolded_and_lists_mean_any():
    assert when_of("industry: [Software, FINANCE]")[0].values == ("software", "finance")


def test_money_is_in_minor_units_and_other_numbers_are_whole():
    assert when_of('value: "1000-4999"')[0].ranges == ((100_000, 499_999),)
    assert when_of('employees: "50-249"')[0].ranges == ((50, 249),)
    assert when_of("account.annual_revenue: 5_000_000+")[0].ranges == ((500_000_000, None),)


def test_a_custom_field_may_be_a_number_or_a_text():
    test = when_of('custom.seats: "100+"')[0]
    assert test.ranges == ((100, None),)
    assert test.values == ("100+",)


def test_a_product_is_found_with_and_without_its_spaces():
    text = with_lines(
        "products: {GTX Pro: 4821}\n"
        "channel: [{use: inside, when: {product: gtxpro}}, {use: inside}]\n"
    )
    policy = policy_of(text)
    assert policy.products[0] == compiled.Product("gtxpro", 482_100)
    assert "gtxpro" in policy.channel[0].when[0].values
    assert policy.value[-1].by == "product_price_times_quantity"


def test_territories_stand_in_the_order_of_the_file():
    text = with_lines(
        "territories:\n"
        "  rest: {}\n"
        "  germany: {when: {country: DE}}\n"
        "  south: {when: {country: DE, postal_code: [7*, 8*]}}\n"
        "  stuttgart: {when: {country: DE, postal_code: 70*}}\n"
        "  office: {when: {country: DE, postal_code: 70173}}\n"
    )
    names = [territory.territory_id for territory in policy_of(text).territories]
    assert names == ["rest", "germany", "south", "stuttgart", "office"]


def test_territories_that_are_nested_or_of_two_markets_do_not_overlap():
    text = with_lines(
        "markets: {a: [DE], b: rest}\n"
        "default_market: b\n"
        "territories:\n"
        "  one: {when: {postal_code: 12*}}\n"
        "  inner: {when: {postal_code: [123*, 12345]}}\n"
        "  two: {market: a, when: {postal_code: 12*}}\n"
        "  three: {market: b, when: {postal_code: 12*}}\n"
        "pools: {p: {match: [territory]}}\n"
    )
    told = [str(each) for each in check_policy(text, published_at_ms=0).problems]
    assert [each for each in told if "share" in each or "comes" in each] == []


def test_bands_are_listed_from_the_highest():
    text = with_lines('score: {bands: {cold: "under 40", hot: "70+", warm: "40-69"}}\n')
    bands = policy_of(text).bands
    assert [(band.name, band.low) for band in bands] == [("hot", 70), ("warm", 40), ("cold", None)]


def test_a_feedback_in_a_handoff_starts_it():
    text = with_lines(
        "handoff:\n"
        "  inside_to_field:\n"
        '    - {when: {feedback: qualified, value: "15000+"}}\n'
        "    - {when: {score_rises: true, band: hot}}\n"
        "  field_to_inside: {when: {feedback: won}, after: 30d}\n"
    )
    found = policy_of(text).handoffs
    assert [(move.feedback, move.to_channel) for move in found] == [
        ("qualified", "field"),
        (None, "field"),
        ("won", "inside"),
    ]
    assert found[0].when == (compiled.Test("value", ranges=((1_500_000, None),)),)
    assert found[1].when == (compiled.Test("band", ("hot",)),)
    assert [move.rises for move in found] == [False, True, False]
    assert found[2].after_ms == 30 * 86_400_000


def test_leads_that_go_inside_first_are_handed_over_when_qualified():
    policy = policy_of(
        "policy: h\npools: {a: {}, b: {channel: field}}\nchannel: inside_then_field\n"
    )
    assert [move.feedback for move in policy.handoffs] == ["qualified"]


def test_labels_are_the_policys_own_words():
    policy = policy_of(EXAMPLE.read_text())
    assert policy.fit[0].label == "employees: 250+"
    assert policy.channel[2].label == "use field, when value: 50000+, band: [hot, warm]"
    assert policy.before_rotation[1].label == "if same_person then same_rep"


def test_a_marketing_systems_score_counts_capped():
    text = with_lines("score: {marketing_scores: {hubspot: {times: 0.3, at_most: 30}}}\n")
    assert policy_of(text).scores == (compiled.ScoreLine("hubspot", 300, 30),)


def test_exchange_rates_are_millionths():
    assert policy_of(with_lines("exchange_rates: {USD: 0.92}\n")).exchange_rates_ppm == {
        "USD": 920_000
    }


def test_currencies_without_cents_are_counted_in_their_own_unit():
    yen = policy_of("policy: y\ncurrency: JPY\npools: {p: {}}\nproducts: {x: 5000}\n")
    assert yen.products[0].price_minor == 5000
    rates = policy_of(with_lines("exchange_rates: {JPY: 0.006, USD: 0.92}\n")).exchange_rates_ppm
    assert rates == {"JPY": 600_000, "USD": 920_000}  # 1 yen is 0.6 cents


def test_values_are_spelled_as_intake_spells_them():
    assert when_of("request: [Rush Order, rush-order]")[0].values == ("rush_order",)
    assert when_of("state: [California, US-CA, CA]")[0].values == ("ca",)
    assert when_of("language: German")[0].values == ("de",)
    assert when_of("postal_code: SW1A 1AA")[0].values == ("sw1a1aa",)
    assert when_of("industry: technolgy")[0].values == ("technology",)


def test_the_rest_of_the_world_can_be_a_market():
    text = (
        "policy: r\nmarkets: {dach: [DE, AT, CH], row: rest}\ndefault_market: row\npools: {p: {}}\n"
    )
    dach, row = policy_of(text).markets
    assert dach.countries == ("DE", "AT", "CH")
    assert "US" in row.countries
    assert "DE" not in row.countries


def test_steps_for_nobody_free_end_in_the_backlog():
    text = with_lines("nobody_free: {inside: [any_language, {pool: sales}, pool:sales]}\n")
    assert policy_of(text).nobody_free["inside"] == (
        "any_language",
        "pool:sales",
        "pool:sales",
        "backlog",
    )


def test_the_clock_basis_follows_the_channel():
    text = with_lines("sla: {inside: {accept: 5m}, field: {accept: 4h}}\n")
    sla = policy_of(text).sla
    assert sla["inside"].basis == "duty"
    assert sla["inside"].missed == "next_rep"
    assert sla["field"].basis == "working_days"
    assert sla["field"].missed == "tell_manager"


def test_without_hours_a_reps_own_hours_still_count():
    hours = policy_of(SMALL).hours
    assert hours["field"].windows is None
    assert hours["inside"].windows == tuple((day, 0, 1440) for day in range(7))


def test_json_gives_the_same_policy_back():
    for path in (EXAMPLE, TEMPLATE):
        policy = policy_of(path.read_text())
        assert policy_from_json(policy_to_json(policy)) == policy


def test_line_ends_and_trailing_blanks_do_not_make_another_policy():
    assert source_digest("a: 1\nb: 2\n") == source_digest("a: 1  \r\nb: 2\r\n\r\n")
    assert source_digest("a: 1\n") != source_digest("a: 2\n")


def test_the_core_knows_every_field_that_the_language_knows():
    for name in (*LEAD_FIELDS, "custom.anything", "scores.anything", "feedback"):
        compile_when((compiled.Test(name, ("x",)),))
    for name in MEMBER_FIELDS:
        compile_when((compiled.Test(name, ("x",)),), rep_field)
    assert set(HANDOFF_FEEDBACK) <= set(get_args(FeedbackType))


MISTAKES = [
    ("polcy: x\n", "line 5: a policy has no `polcy`; did you mean `policy`?"),
    ("default_market: emea\n", "line 5: market `emea` is not defined; markets are: everywhere"),
    ("markets: {m: [UK]}\n", "there is no country `UK`; did you mean GB?"),
    ("markets: {m: [Germany]}\n", "there is no country `Germany`; did you mean DE?"),
    ("markets: {a: [DE], b: [DE]}\n", "DE is in market `a` already"),
    ("products: {x: 1.200.00}\n", "is no amount"),
    ("products: {x: {price: 5, margin: 7}}\n", "must be a share up to 1"),
    ("products: {GTX Pro: 1, gtxpro: 2}\n", "stands here twice"),
    ('value: [{by_employees: {"1-49": 1, "40+": 2}}]\n', "`40+` overlaps another size"),
    ("score: {fit: [{points: 1, when: {employes: 5}}]}\n", "did you mean `employees`?"),
    ("score: {fit: [{points: 1, when: {band: hot}}]}\n", "`band` follows from the score"),
    ("score: {fit: [{points: 1.5}]}\n", "must be a whole number"),
    ('score: {bands: {a: "70+", b: "under 60"}}\n', "no band holds 60 to 69 points"),
    ('score: {bands: {a: "60+", b: "under 70"}}\n', "overlaps another"),
    ('score: {bands: {a: "60+"}}\n', "no band holds less than 60 points"),
    ("channel: [{use: outside}]\n", "`use` cannot be `outside`"),
    ("channel: [{use: field, when: {band: hott}}]\n", "band `hott` is not defined; did you mean"),
    ("channel: [{use: field, when: {value: '15,000+'}}]\n", "without commas"),
    ("channel: [{use: field, when: {account: {tier: x}}}]\n", "write `account.tier: …`"),
    ("channel: [{use: field, when: {seats: 5}}]\n", "A field of your own forms is `custom.seats`"),
    ("channel: [{use: field, when: {industry: }}]\n", "`industry` has no value"),
    ("channel: [{use: field, when: {consent.email: yes}}]\n", "`consent.email` is never `yes`"),
    ("territories: {t: {market: emea}}\n", "market `emea` is not defined"),
    ("nobody_free: {inside: [pool:emea]}\n", "pool `emea` is not defined; pools are: sales"),
    ("nobody_free: {inside: [wait]}\n", "there is no step `wait`"),
    ("before_rotation: [{if: same_person, then: owner}]\n", "`same_person` cannot lead to `owner`"),
    ("before_rotation: [{if: too_small, then: nurture}]\n", "say what is too small"),
    ("before_rotation: [{if: found_by_rep, then: that_rep, within: 3d}]\n", "`within` belongs to"),
    ("caps: {inside: {per_day: many}}\n", "must be a whole number"),
    ("rotation: {fair_by: luck}\n", "choose from: turns, value"),
    ("rotation: {weights: {senior: 1.5}}\n", "must be a whole number"),
    ("hours: {inside: {on_duty: 9 to 5}}\n", "are no hours: write `own_schedule` or `Mon-Fri"),
    ("sla: {inside: {accept: 5}}\n", "`5` is no duration: write 30d, 4h, 5m, 90s or 1w"),
    ("handoff: {inside_to_field: {after: 3d}}\n", "say when"),
    ("handoff: {inside_to_field: {when: {feedback: qualifed}}}\n", "did you mean `qualified`?"),
    ("handoff: {inside_to_field: {when: {feedback: won}}}\n", "goes from field to inside"),
    ("handoff: {field_to_inside: {when: {band: hot}, after: 3d}}\n", "`after` belongs to"),
    ("handoff: {inside_to_field: {when: {feedback: contacted}}}\n", "is never `contacted`"),
    ("sla: {inside: {accept: 5m, then: backlog}}\n", "choose from: manager, stay"),
    ("backlog: {then: manager}\n", "choose from: nurture, close"),
    ("backlog: {at_most: soon}\n", "is no duration"),
    ("exchange_rates: {USD: 0}\n", "is no exchange rate"),
    ("effective_from: 2027-01-04T08:00:00\n", "is no time"),
    ("rotation: [1]\n", "is written as `key: value`"),
    ("value: expected_value\n", "`value` is a list"),
    ("<<: {a: 1}\n", "`<<` is not supported"),
    ("policy: again\n", "`policy` stands here twice (first in line 1)"),
    ("notify: !secret x\n", "remove the tag !secret"),
]


@pytest.mark.parametrize(("lines", "message"), MISTAKES)
def test_a_mistake_is_named_with_its_line_and_what_to_do(lines, message):
    checked = check_policy(with_lines(lines), published_at_ms=0)
    assert checked.policy is None
    found = [str(problem) for problem in checked.problems if problem.severity == "error"]
    assert any(message in problem and problem.startswith("line 5:") for problem in found), found


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file():
    text = "policy: a b\nmarkets: {m: [UK, XX]}\npools: {p: {channel: fied, market: n}}\nnope: 1\n"
    found = check_policy(text, published_at_ms=0).problems
    assert [problem.line for problem in found] == [1, 2, 2, 3, 3, 4]


DOUBTS = [
    (
        "channel: [{use: inside}, {use: inside, when: {band: hot}}]\n",
        "this line is never reached: line 5 takes all of its leads",
    ),
    ("channel: [{use: inside, when: {band: hot}}]\n", "leads that match no line go inside"),
    ("channel: field\n", "no pool takes field leads of market `everywhere`"),
    ("pools2: {}\n", "a policy has no `pools2`"),
    ("territories: {t: {}}\n", "territories choose no rep"),
    (
        "territories: {a: {when: {postal_code: [12*, 3*]}}, b: {when: {postal_code: [3*, 12*]}}}\n",
        "no lead comes to `b`: `a` before it takes all of them",
    ),
    (
        "territories: {a: {when: {country: [DE, AT]}}, b: {when: {country: [CH, AT]}}}\n",
        "`a` and `b` share leads (country: at): `a` takes them",
    ),
    (
        "territories: {a: {when: {postal_code: [1*, 3*]}}, b: {when: {postal_code: [3*, 123*]}}}\n",
        "`a` and `b` share leads (postal_code: 3*): `a` takes them",
    ),
    ("nobody_free: {inside: [backlog, any_language]}\n", "nothing after `backlog`"),
    ("sla: {inside: {accept: 5m, remind: 6m}}\n", "`remind` comes after"),
    ("sla: {field: {accept: 5m, missed: next_rep}}\n", "is taken away from a field rep"),
    ("value: [product_price_times_quantity]\n", "there are no `products`"),
    ('value: [{by_employees: {"1-49": 1, "60+": 2}}]\n', "50 to 59 employees have no value"),
    ("channel: [{use: inside, when: {role: boss}}, {use: inside}]\n", "hardly ever `boss`"),
    ("caps: {inside: {per_day: 9, open: 5}}\n", "so it never counts"),
    (
        "hours: {field: {on_duty: own_schedule, holidays: by_country}}\n",
        "holidays have no effect on who gets a lead",
    ),
    ("sla: {inside: {contact: 1d}}\n", "a day is 24 hours of duty, three days of eight hours"),
    ("sla: {field: {accept: 20h}}\n", "hours are hours of work: write a day of them as `1d`"),
]


def test_a_day_and_some_hours_of_work_are_no_doubt():
    lines = "sla: {field: {accept: 4h, contact: 2d 4h}}\nhours: {field: {holidays: none}}\n"
    text = with_lines(lines)
    assert not [one for one in problems_of(text) if "hours" in one]


def test_hours_of_the_roster_that_nothing_asks_for_are_a_warning():
    reps = [RosterEntry("fay", ["field"], hours=[(0, 540, 1020)])]
    told = [str(one) for one in check_against_roster(policy_of(SMALL), reps, {})]
    assert any("`hours` of fay have no effect" in one for one in told)
    with_clock = policy_of(with_lines("sla: {field: {accept: 4h}}\n"))
    told = [str(one) for one in check_against_roster(with_clock, reps, {})]
    assert not any("have no effect" in one for one in told)


@pytest.mark.parametrize(("lines", "message"), DOUBTS)
def test_what_is_hardly_meant_is_a_warning(lines, message):
    assert any(message in problem for problem in problems_of(with_lines(lines)))


def test_a_pool_that_no_lead_reaches_is_a_warning():
    text = "policy: p\npools:\n  a: {channel: inside}\n  b: {channel: inside, market: everywhere}\n"
    assert any("pool `a` takes every lead of `b`" in problem for problem in problems_of(text))
    assert "line 4" in problems_of(text)[0]


def test_amounts_without_a_currency_are_a_warning():
    text = "policy: p\npools: {a: {}}\nproducts: {x: 5}\n"
    assert any("amounts are taken as EUR" in problem for problem in problems_of(text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("# nothing\n", "the file is empty"),
        ("- a\n", "a policy is `key: value` lines"),
        ("just words\n", "a policy is `key: value` lines"),
        ("a: [1\n", "this is not YAML"),
        ("a: 1\n---\nb: 1\n", "this is not YAML"),
        ("a: *x\n", "this is not YAML"),
        ('a: "\x00"\n', "this is not YAML"),
        ("[" * 5000, "nested too deeply"),
        ("notify: " + "{a: " * 40 + "1" + "}" * 40, "nested too deeply"),
        ("x" * 300_000, "larger than"),
    ],
)
def test_what_is_no_policy_at_all_is_one_clear_error(text, message):
    assert any(message in problem for problem in problems_of(text))


def test_aliases_that_multiply_are_cut_off():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    assert any("repeated too often" in problem for problem in problems_of("\n".join(lines)))


def check_answer(text):
    """A policy that is read back as it was, or mistakes where a person finds them."""
    loaded = load_policy(text, published_at_ms=0)
    if isinstance(loaded, compiled.Policy):
        assert policy_from_json(policy_to_json(loaded)) == loaded
        return
    assert loaded
    for problem in loaded:
        assert 1 <= problem.line <= len(text.splitlines()) + 1
        assert problem.message
        assert str(problem).isprintable()


@given(st.text(max_size=200), st.sampled_from(["", SMALL]))
def test_any_text_is_a_policy_or_mistakes_with_their_lines(text, before):
    check_answer(before + text)


KEYS = st.sampled_from(
    ["policy", "pools", "channel", "score", "value", "sla", "handoff", "markets"]
)
TREES = st.recursive(
    st.sampled_from(["1", "x", "5m", "~", "'250+'", "inside", "''"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: "[" + ", ".join(items) + "]")
        | st.dictionaries(
            st.sampled_from(["when", "use", "fit", "inside", "market", "points", "a"]),
            inner,
            max_size=3,
        ).map(lambda m: "{" + ", ".join(f"{k}: {v}" for k, v in m.items()) + "}")
    ),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, TREES, max_size=6), st.sampled_from(["", SMALL]))
def test_any_shape_is_a_policy_or_mistakes_with_their_lines(sections, before):
    check_answer(before + "\n".join(f"{k}: {v}" for k, v in sections.items()))
