"""A long inbox and all that the core made of it, on record: ``python -m tests.golden``."""
