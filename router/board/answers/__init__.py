"""The board's answers, one file each: pure functions of the projection and a moment.

Their shapes are those of docs/board.md: times RFC 3339 UTC, durations in seconds, money in minor
units.
"""
