"""The sink runtime: records of a topic out to a system that is not Kafka, at least once."""
