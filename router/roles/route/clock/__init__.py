"""Time in a partition of the inbox: what the broker's clock shows, and when a tick is due.

The log's time is the broker's; whether it can be believed is judged here, by a clock of this
machine that nobody sets. What follows from it stands in the ticks:
:mod:`router.core.ticks.clock_leap`.
"""
