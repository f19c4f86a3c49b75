"""Time that leaps: what of the log's time counts when a broker's clock was set.

The log's time is what the broker's clock says, and clocks of people (to accept, to contact, waits)
are to run in time that was lived through. Both are the same until somebody sets the broker's clock.
Nothing in the core can tell a leap of an hour from an hour in which the service was off, and a
replay has nothing but the inbox. So whoever owns the partition judges, by a clock of its own, and
says in the ticks what it found (:class:`router.core.events.Tick`):

1. A record that is more than a minute later than the one before it may be either. The step is
   remembered (:class:`router.core.leaps.leap.Leap`), and decisions go on by the log's time.
2. A tick that was appended later than ``until_ms`` was stamped by a clock that its sender does not
   believe. It fires nothing. So nothing fires until clocks agree, or the sender has been convinced.
3. The next tick that is believed settles the step: ``unlived_ms`` of it were lived through by
   nobody, so clocks that ran before it run so much longer. Without that it counts: the service
   was off, and people had the time.
4. A tick that is believed and yet was appended more than a minute *before* the log's time shows
   that the log is ahead of the broker's clock. The log's time is set back to it, and what was set
   by the time that was too late is set back with it. (By how far the log's time is ahead: what was
   lived through since its last record, a minute at most, is given on top to those clocks.)

Example, in minutes: a lead is assigned at 0 with a clock to accept of 10. At 5 the broker's clock
leaps by 60; a lead that comes at 66 has until 76. Ticks at 65 to 68, believed until 6 to 9, fire
nothing. The tick at 69 says that 60 were not lived through: the first lead now has until 70. Had
the clock come back at 7, the next tick at 8 finds the log's time at 68 and sets it back to 8: the
first lead keeps its 10, and the second has until 16.
"""
