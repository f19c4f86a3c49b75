"""Routes every lead to exactly one sales rep, exactly once, for a readable reason."""
