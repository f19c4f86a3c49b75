"""A process that is stopped between its questions, and overtaken, does not take it for a loss."""

from types import SimpleNamespace

import pytest
from aiokafka.structs import TopicPartition

from router.kafka.runtime.step import PartitionError, SourceLog
from router.kafka.topics.positions import Position
from router.roles.intake.step import IntakeStep
from router.roles.route.restore import check_range

LEADS = TopicPartition("lead-router.leads", 3)


def log_that_ends(end, then):
    """Ends at ``end`` when it was first asked, and at ``then`` when it is asked again."""
    asked = []

    async def ask_end():
        asked.append(then)
        return then

    async def ask_first_after(_at_ms):
        return None

    log = SourceLog(LEADS, 0, end, None, ask_end, ask_first_after)
    return log, asked


async def refusal(lost):
    return str(lost)


def intake_that_stands_at(position):
    async def of(_source):
        return Position(position)

    step = object.__new__(IntakeStep)
    step._positions = SimpleNamespace(of=of)
    step._accept_lost_input = False
    step._survey = SimpleNamespace(refusal=refusal)
    return step


async def test_the_end_is_asked_again_when_somebody_has_written_since():
    log, asked = log_that_ends(151, then=153)
    assert await intake_that_stands_at(153).open(log) == 153
    assert asked == [153]


async def test_it_is_asked_once_only_when_it_has_to_be():
    log, asked = log_that_ends(151, then=153)
    assert await intake_that_stands_at(151).open(log) == 151
    assert asked == []


async def test_a_log_that_is_shorter_all_the_same_was_made_anew():
    log, _ = log_that_ends(5, then=5)
    with pytest.raises(PartitionError, match="made anew"):
        await intake_that_stands_at(153).open(log)
    with pytest.raises(PartitionError, match="made anew"):
        check_range(153, await log.reaching(153), "routing.state-3")
