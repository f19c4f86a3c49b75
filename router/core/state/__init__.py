"""State of a sales org: kept in memory, journaled, written as records."""
