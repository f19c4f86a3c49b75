"""An account to its inbox record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from router.core.model.events import ReadProblem
from router.intake.contract.account import Account
from router.intake.normalise.company import (
    company_key,
    read_company_domain,
    read_employees,
)
from router.intake.normalise.money import minor_units
from router.intake.normalise.places.country import read_country
from router.intake.normalise.vocabulary import read_word
from router.intake.records.context import IntakeContext
from router.intake.wire.findings import Findings


def account_record(account: Account, context: IntakeContext, findings: Findings) -> dict[str, Any]:
    """The inbox record of a checked account; what could not be read is in ``findings``."""
    employees = account.get("employees")
    found = read_employees(employees) if isinstance(employees, str) else employees
    if isinstance(found, ReadProblem):
        findings.note("employees", found)
        found = None
    name, country, tier = account.get("name"), account.get("country"), account.get("tier")
    segment, revenue = account.get("segment"), account.get("annual_revenue")
    minor, currency = minor_units(**revenue) if revenue else (None, None)
    domains = _domains(account.get("domains") or (), context, findings)
    record = {
        "name_key": company_key(name) if name else None,
        "domains": list(dict.fromkeys(domains)) or None,
        "parent_id": account.get("parent_id"),
        "owner_rep_id": account.get("owner_rep_id"),
        "tier": read_word(tier) if tier else None,
        "country": read_country(country) if country else None,
        "employees": found,
        "annual_revenue_minor": minor,
        "annual_revenue_currency": currency,
        "segment": read_word(segment) if segment else None,
    }
    known = {field: value for field, value in record.items() if value is not None}
    return {"kind": "account", "account_id": account["account_id"], **known}


def _domains(texts: Iterable[str], context: IntakeContext, findings: Findings) -> Iterator[str]:
    """Yield those that are a company's: every lead of a mail provider's would be its owner's."""
    for text in texts:
        domain = read_company_domain(text, context.mail_domains)
        if isinstance(domain, ReadProblem):
            findings.note("domains", domain)
        elif domain is not None:
            yield domain
        elif text.strip():
            findings.note("domains", ReadProblem.NOT_UNDERSTOOD)
