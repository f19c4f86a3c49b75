"""What is due by day rather than by the millisecond, done a bounded part at a time."""

from __future__ import annotations

from collections.abc import Callable

from router.core.assign.deadlines import DAY_MS
from router.core.assign.isolate import has_faults_left
from router.core.state.context import Context
from router.core.state.day_queue import Days, watch_day

Act = Callable[[Context, str, int], bool]
"""Do what is due for an id on a day; False if it is not, or only on a later day."""


def do_due(context: Context, days: Days, left: int, act: Act) -> int:
    """Day by day, in the order of ids; returns how many of ``left`` remain.

    What an event did that is taken back is due again.
    """
    today = context.now_ms // DAY_MS
    while left > 0 and days and (day := min(days)) <= today:
        ids = days[day].put_in_order()
        taken: list[str] = []
        context.journal.on_unwind(_watch_again, days, day, taken)
        while left > 0 and ids and has_faults_left(context.org):
            one = ids.pop()
            taken.append(one)
            if act(context, one, day):
                left -= 1
        if ids:
            break
        del days[day]
    return left


def _watch_again(days: Days, day: int, taken: list[str]) -> None:
    for one in taken:
        watch_day(days, day, one)
