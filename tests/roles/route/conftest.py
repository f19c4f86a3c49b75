"""A deployment on the session's broker, as the tests of the runtime have it."""

from tests.kafka.conftest import deployment, eventually, lead_value

__all__ = ["deployment", "eventually", "lead_value"]
