"""Throughput and latency of the router beside its peers: ``python -m tests.bench``."""
