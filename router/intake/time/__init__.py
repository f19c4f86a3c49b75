"""Times as people and files write them: zones, days, hours, holidays."""
