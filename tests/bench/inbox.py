"""Inbox records as intake would write them, for measuring route alone."""

from __future__ import annotations

import time
from collections.abc import Iterator

from router.intake.records.admit import Admitted, admit
from router.intake.records.context import IntakeContext
from router.settings import Settings
from tests.bench.leads import SALES_ORGS, leads
from tests.bench.setting import REPS_PER_ORG, setting
from tests.bench.topics import Record

PARTITION_OF = {sales_org: number for number, sales_org in enumerate(SALES_ORGS)}


def context() -> IntakeContext:
    """As the router's own process has it: default key, the benchmark's sales orgs."""
    return IntakeContext.of(Settings(sales_orgs=list(SALES_ORGS), default_sales_org=SALES_ORGS[0]))


def setting_records(reps_per_org: int = REPS_PER_ORG) -> Iterator[Record]:
    """Roster, accounts and policies."""
    intake = context()
    for record in setting(reps_per_org):
        found = admit(record.role, None, record.key, record.value, (), _now_ms(), intake)
        yield _inbox_record(found)


def lead_records(count: int, *, first: int = 0) -> Iterator[Record]:
    """Leads ``first`` to ``first + count`` of the stream."""
    intake = context()
    now_ms = _now_ms()
    for lead in leads(count, first=first):
        yield _inbox_record(admit("leads", None, None, lead.value, (), now_ms, intake))


def _inbox_record(found: object) -> Record:
    if not isinstance(found, Admitted):
        raise TypeError(f"intake refuses the benchmark's own input: {found}")
    return Record(PARTITION_OF[found.sales_org], found.sales_org.encode(), found.value)


def _now_ms() -> int:
    return int(time.time() * 1_000)
