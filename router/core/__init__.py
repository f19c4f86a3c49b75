"""The decision: pure and synchronous, standard library only.

No I/O, no clock, no randomness, no iteration over sets, no floats that decide anything.
Time and ids come in as arguments; points, money and credits are scaled integers, so that the
same inbox gives the same decisions on every machine. Start reading at :mod:`router.core.decide`.
"""
