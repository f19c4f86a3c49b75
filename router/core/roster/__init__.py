"""The roster as leads, accounts, reports and commands speak of it."""
