"""The demo without a broker: the same leads, decided in memory by a clock of its own."""

from __future__ import annotations

import json

from router.cli.demo.demo_run import (
    SALES_ORG,
    DeadLetter,
    DemoRun,
    demo_accounts,
    demo_policy,
    demo_roster,
)
from router.cli.demo.leads import demo_leads, demo_reports
from router.errors import LeadRouterError
from router.intake.policy import check_policy
from router.offline.router import OfflineRouter
from router.settings import KafkaSettings, Settings, TopicSettings

START_MS = 1_799_746_200_000
"""Tuesday, 2027-01-12 09:30 UTC: inside reps of Europe and Asia are on duty."""
_LEADS_APART_MS = 150
_REPORTS_AFTER_MS = 60_000


def run_offline(seed: int, start_ms: int = START_MS) -> DemoRun:
    """Decide about all leads; the same seed and start give the same decisions anywhere.

    ``start_ms`` is when the demo's clock begins: Unix time in milliseconds.
    """
    router = OfflineRouter.of(_settings())
    names = _set_up(router, start_ms)
    run = DemoRun(demo_leads(seed, start_ms, apart_ms=_LEADS_APART_MS))
    for sent in run.sent:
        run.decided(list(router.pass_time(sent.at_ms)))
        taken = router.take("leads", sent.value, at_ms=sent.at_ms)
        if taken.refused is not None:
            reason, detail = taken.refused
            run.dead_letters.append(DeadLetter(sent.lead_id, taken.step, reason.value, detail))
        run.decided(taken.decisions)
    at_ms = router.now_ms + _REPORTS_AFTER_MS
    run.reports = list(demo_reports(at_ms))
    for report in run.reports:
        taken = router.take(report.role, json.dumps(report.body).encode(), at_ms=at_ms)
        run.decided(taken.decisions)
    run.people = router.people(names.get, SALES_ORG)
    return run


def _settings() -> Settings:
    """The demo's own, whatever the environment says: it must come out the same everywhere."""
    return Settings(
        kafka=KafkaSettings(),
        topics=TopicSettings(),
        sales_orgs=[SALES_ORG],
        default_sales_org=SALES_ORG,
    )


def _set_up(router: OfflineRouter, at_ms: int) -> dict[str, str]:
    """Take in roster, accounts and policy at that time; returns the reps' names."""
    names: dict[str, str] = {}
    for filed in demo_roster(router.context, at_ms).records:
        router.take("roster", json.dumps(filed.record).encode(), at_ms=at_ms)
        names[filed.record["rep_id"]] = filed.record["name"]
    for filed in demo_accounts(router.context, at_ms).records:
        router.take("accounts", json.dumps(filed.record).encode(), at_ms=at_ms)
    checked = check_policy(demo_policy(), published_at_ms=at_ms)
    if checked.policy is None:
        problem = checked.problems[0]
        raise LeadRouterError(f"the demo's policy.yaml is damaged ({problem}): install again")
    router.publish(checked.policy, at_ms=at_ms)
    return names
