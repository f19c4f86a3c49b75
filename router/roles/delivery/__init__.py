"""The role ``delivery``: assignments out to CRMs and people, at least once."""
