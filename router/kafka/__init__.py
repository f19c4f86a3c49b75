"""Kafka: the transactional runtime, topics, codecs, the changelog, and a broker at hand."""
