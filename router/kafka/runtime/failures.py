"""Why a partition or a group did not go on, in one line without anything that a record holds."""

from __future__ import annotations

from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from router.errors import LeadRouterError, whereabouts
from router.kafka.rights.denied import is_denial


def is_environment(error: BaseException) -> bool:
    """Whether it is the broker's or the network's failure, which may mend by itself."""
    return isinstance(error, (KafkaError, LeadRouterError, TimeoutError))


def reason_of(error: BaseException) -> str:
    """What went wrong: an error of ours in its own words, others by their kind and place."""
    if isinstance(error, LeadRouterError):
        return str(error)
    if is_denial(error):
        return f"the broker refuses it for want of a right ({type(error).__name__})"
    if isinstance(error, (KafkaError, TimeoutError)):
        return f"the broker or the way to it failed ({type(error).__name__})"
    return f"a defect, or lack of memory ({whereabouts(error)}); nothing of it was committed"


def out_of_range(name: str, source: TopicPartition, offset: int) -> str:
    """Return the text for a position of ``name`` that its topic does not hold."""
    return (
        f"{name} stands at offset {offset} of {source.topic}-{source.partition}, which the topic"
        " does not hold (any more): see whether it was deleted or its retention is too short, then"
        " start again"
    )
