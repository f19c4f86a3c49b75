"""Accounts appear, change and go; leads find them by domain or by name."""

from __future__ import annotations

from router.core.model.events import (
    Account,
)
from router.core.state.context import Context
from router.core.state.index import add, drop
from router.core.state.journal import Journal
from router.core.state.sales_org import SalesOrg


def on_account(context: Context, account: Account) -> None:
    """An account appears, changes or goes; leads find it by domain or by name."""
    org, journal = context.org, context.journal
    before = org.accounts.get(account.account_id)
    if before is not None:
        for domain in before.domains:
            drop(journal, org.accounts_by_domain, domain, account.account_id)
        if before.name_key:
            drop(journal, org.accounts_by_name, before.name_key, account.account_id)
    if account.removed:
        journal.remove(org.accounts, account.account_id)
    else:
        journal.insert(org.accounts, account.account_id, account)
        index_account(journal, org, account)
    journal.touch("account", org.sales_org, account.account_id)
    context.review_all()


def index_account(journal: Journal, org: SalesOrg, account: Account) -> None:
    """Let leads find the account; of several with one domain the smallest id counts."""
    for domain in account.domains:
        add(journal, org.accounts_by_domain, domain, account.account_id, str)
    if account.name_key:
        add(journal, org.accounts_by_name, account.name_key, account.account_id, str)
