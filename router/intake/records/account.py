"""An account to its inbox record."""

from __future__ import annotations

from typing import Any

from router.intake.contract.account import Account
from router.intake.normalise.company import company_key, read_domain, read_employees
from router.intake.normalise.country import read_country
from router.intake.normalise.money import minor_units
from router.intake.normalise.vocabulary import read_word


def account_record(account: Account) -> dict[str, Any]:
    """The inbox record of a checked account."""
    employees = account.get("employees")
    if isinstance(employees, str):
        employees = read_employees(employees)
    name, country, tier = account.get("name"), account.get("country"), account.get("tier")
    segment, revenue = account.get("segment"), account.get("annual_revenue")
    minor, currency = minor_units(**revenue) if revenue else (None, None)
    domains = (read_domain(domain) for domain in account.get("domains") or ())
    record = {
        "name_key": company_key(name) if name else None,
        "domains": list(dict.fromkeys(domain for domain in domains if domain)) or None,
        "parent_id": account.get("parent_id"),
        "owner_rep_id": account.get("owner_rep_id"),
        "tier": read_word(tier) if tier else None,
        "country": read_country(country) if country else None,
        "employees": employees,
        "annual_revenue_minor": minor,
        "annual_revenue_currency": currency,
        "segment": read_word(segment) if segment else None,
    }
    known = {field: value for field, value in record.items() if value is not None}
    return {"kind": "account", "account_id": account["account_id"], **known}
