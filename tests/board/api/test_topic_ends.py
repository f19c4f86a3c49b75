"""The question how far the topics go has an owner, who sees to its end."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka.errors import KafkaError

from router.board.topic_ends import TopicEnds


class Consumer:
    """Answers a question when told to, with how many were asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.answers = asyncio.Event()
        self.failure: Exception | None = None

    async def end_offsets(self, _sources) -> dict:
        self.asked += 1
        number = self.asked
        await self.answers.wait()
        if self.failure is not None:
            raise self.failure
        return {"leads": number}


def under_way() -> list[str]:
    return [task.get_name() for task in asyncio.all_tasks() if task.get_name() == "board.ends"]


async def test_an_answer_to_an_earlier_question_is_too_old():
    consumer = Consumer()
    ends = TopicEnds(consumer, [])
    assert ends.hears_broker()
    current = asyncio.create_task(ends.ask(5))
    await asyncio.sleep(0)
    consumer.answers.set()
    assert await current == {"leads": 2}


async def test_those_who_ask_together_share_a_question():
    consumer = Consumer()
    ends = TopicEnds(consumer, [])
    both = [asyncio.create_task(ends.ask(5)) for _ in range(2)]
    await asyncio.sleep(0)
    consumer.answers.set()
    assert [answer is not None for answer in await asyncio.gather(*both)] == [True, True]
    assert consumer.asked <= 2


async def test_whoever_still_waits_when_it_is_closed_asks_no_question_that_nobody_owns():
    """As when the follower's client gives up while a command asks what came of its change."""
    consumer = Consumer()
    ends = TopicEnds(consumer, [])
    assert ends.hears_broker()
    current = asyncio.create_task(ends.ask(5))
    await asyncio.sleep(0)
    closing = asyncio.create_task(ends.close())
    await asyncio.sleep(0)
    consumer.answers.set()
    await closing
    assert await current is None
    assert under_way() == []
    assert consumer.asked == 1


async def test_a_question_without_an_answer_is_cancelled_and_awaited_at_the_end(monkeypatch):
    monkeypatch.setattr("router.board.topic_ends._SETTLE_S", 0.01)
    ends = TopicEnds(Consumer(), [])
    assert await ends.ask(0.01) is None
    assert under_way() == ["board.ends"]
    await ends.close()
    assert under_way() == []


async def test_a_refusal_is_told_to_whoever_listens_for_the_broker():
    consumer = Consumer()
    consumer.failure = KafkaError("away")
    consumer.answers.set()
    ends = TopicEnds(consumer, [])
    assert await ends.ask(1) is None
    with pytest.raises(KafkaError):
        ends.hears_broker()
