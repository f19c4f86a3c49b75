"""A Kafka at hand on this machine: from its released jars, or under Docker."""
