"""The dashboard and the alerts: they parse, they fire, and all that they name is there."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from router.core.model.assignment import Outcome, Reason
from router.intake.contract import DeadLetterReason
from router.kafka.sink.answer import Verdict
from router.observe.meters import Meters

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus"
RULES = [PROMETHEUS / "rules.yml", PROMETHEUS / "alerts.yml"]
DASHBOARD = ROOT / "deploy" / "grafana" / "lead-router.json"
GUIDE = ROOT / "docs" / "operations.md"

ACTIVITY_RESULTS = {"added", "repeated", "forwarded", "refused"}
PROMETHEUS_OWN = {"up": {"job", "instance"}}
ADDED_BY_PROMETHEUS = {"job", "instance", "le"}

_STRING = re.compile(r'"[^"]*"')
_MATCHERS = re.compile(r"\{([^}]*)\}")
_MATCHER = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"')
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
_RANGE = re.compile(r"\[[^\]]*\]")
_NUMBER = re.compile(r"\b\d[\d.]*(?:e\d+)?\b")
_FUNCTION = re.compile(r"\b[a-z_][a-z0-9_]*\s*\(")
_WORD = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_OPERATORS = {"and", "or", "unless", "bool", "offset", "by", "without", "on", "ignoring"}


def load(path):
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def rules():
    return [rule for path in RULES for group in load(path)["groups"] for rule in group["rules"]]


def alerts():
    return [rule for rule in rules() if "alert" in rule]


def panels():
    return json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]


def dashboard_expressions():
    for panel in panels():
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"].replace("$instance", ".*")


def expressions():
    found = [(rule.get("alert") or rule["record"], rule["expr"]) for rule in rules()]
    return [*found, *dashboard_expressions()]


def names_in(expression):
    """Metric names: what is left when labels, ranges, functions and operators are gone."""
    text = _MATCHERS.sub(" ", expression)
    for pattern in (_STRING, _RANGE, _GROUPING, _NUMBER):
        text = pattern.sub(" ", text)
    text = _FUNCTION.sub("(", text)
    return set(_WORD.findall(text)) - _OPERATORS


def labels_in(expression):
    grouped = {
        label.strip()
        for found in _GROUPING.findall(expression)
        for label in found.split(",")
        if label.strip()
    }
    return grouped | {name for name, _ in matchers(expression)}


def matchers(expression):
    return [each for found in _MATCHERS.findall(expression) for each in _MATCHER.findall(found)]


def promtool(*arguments, **options):
    return subprocess.run(
        [shutil.which("promtool"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


@pytest.fixture
def exposed(told):
    """Metric name → its labels, as a real process shows them; recording rules as well."""
    labels = {instrument.name: set(instrument.label_names) for instrument in Meters().instruments()}
    found = dict(PROMETHEUS_OWN)
    for family in told.families.values():
        declared = labels.get(family.name, labels.get(f"{family.name}_total", set()))
        suffixes = ["_total"] if family.type == "counter" else [""]
        suffixes += ["_bucket", "_sum", "_count"] if family.type == "histogram" else []
        for suffix in suffixes:
            found[family.name + suffix] = declared | ADDED_BY_PROMETHEUS
        for sample in family.samples:
            found[sample.name] = declared | set(sample.labels) | ADDED_BY_PROMETHEUS
    for rule in rules():
        if "record" in rule:
            found[rule["record"]] = labels_in(rule["expr"]) - {"le"} | {"job"}
    return found


@pytest.mark.kafka
@pytest.mark.parametrize(("where", "expression"), expressions())
def test_every_metric_and_label_that_is_named_is_one_that_a_process_shows(
    where, expression, exposed
):
    names = names_in(expression)
    assert names, where
    assert names - exposed.keys() == set(), where
    known = set().union(*(exposed[name] for name in names))
    assert labels_in(expression) - known == set(), where


@pytest.mark.kafka
@pytest.mark.parametrize(("where", "expression"), expressions())
def test_every_value_that_is_asked_for_can_occur(where, expression, told):
    shown = {
        (label, value)
        for family in told.families.values()
        for sample in family.samples
        for label, value in sample.labels.items()
    }
    shown |= {("outcome", each.value) for each in Outcome}
    shown |= {("reason", each.value) for each in (*Reason, *DeadLetterReason)}
    shown |= {("result", each) for each in ACTIVITY_RESULTS}
    shown |= {("verdict", each.value) for each in Verdict}
    shown |= {("job", load(PROMETHEUS / "prometheus.yml")["scrape_configs"][0]["job_name"])}
    for label, values in matchers(expression):
        if values != ".*":
            asked = {(label, value) for value in values.split("|")}
            assert asked - shown == set(), where


def test_a_metric_that_nobody_shows_would_be_seen():
    expression = 'sum by (step) (rate(lead_router_nonsense_total{step="route"}[5m])) > 0 and up'
    assert names_in(expression) == {"lead_router_nonsense_total", "up"}
    assert labels_in(expression) == {"step"}
    assert matchers(expression) == [("step", "route")]


def test_promtool_accepts_the_rules_and_the_sample_configuration():
    for arguments in (["check", "rules", *map(str, RULES)], ["check", "config", "prometheus.yml"]):
        checked = promtool(*arguments, cwd=PROMETHEUS)
        assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_alert_fires_and_keeps_still_as_its_unit_test_says():
    tested = promtool("test", "rules", "rules_test.yml", cwd=PROMETHEUS)
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_every_alert_has_a_unit_test_in_which_it_fires():
    cases = [
        case
        for test in load(PROMETHEUS / "rules_test.yml")["tests"]
        for case in test["alert_rule_test"]
    ]
    fired = {case["alertname"] for case in cases if case["exp_alerts"]}
    assert fired == {alert["alert"] for alert in alerts()}


def test_every_alert_says_what_is_wrong_and_leads_to_its_section_of_the_guide():
    sections = set(re.findall(r"^### (LeadRouter\w+)$", GUIDE.read_text(), re.MULTILINE))
    assert sections == {alert["alert"] for alert in alerts()}
    for alert in alerts():
        name = alert["alert"]
        assert alert["annotations"]["runbook"] == f"docs/operations.md#{name.lower()}"
        assert alert["annotations"]["summary"]
        assert alert["labels"]["severity"] in {"page", "ticket"}


def test_the_expressions_of_the_dashboard_are_those_of_prometheus(tmp_path):
    """promtool reads rules only, so each expression becomes one."""
    named = [
        {"record": f"panel:{number}", "expr": expression}
        for number, (_, expression) in enumerate(dashboard_expressions())
    ]
    path = tmp_path / "panels.yml"
    path.write_text(json.dumps({"groups": [{"name": "panels", "rules": named}]}))
    checked = promtool("check", "rules", str(path))
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_panels_have_titles_units_and_places_of_their_own():
    taken = set()
    for panel in panels():
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells
        assert panel["title"]
        if panel["type"] != "row":
            assert panel["fieldConfig"]["defaults"]["unit"]
            assert all(
                target["legendFormat"] or panel["type"] == "stat" for target in panel["targets"]
            )
    identifiers = [panel["id"] for panel in panels()]
    assert len(identifiers) == len(set(identifiers))


def test_every_metric_of_ours_is_on_the_dashboard():
    shown = " ".join(expression for _, expression in dashboard_expressions())
    recorded = " ".join(rule["expr"] for rule in rules() if "record" in rule)
    missing = [
        instrument.name
        for instrument in Meters().instruments()
        if instrument.name not in shown and instrument.name not in recorded
    ]
    assert missing == []
