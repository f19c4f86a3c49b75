"""The exactly-once runtime: records of a partition in, records out, in one transaction."""
