"""A Kafka at hand on this machine."""
