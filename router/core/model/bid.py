"""Bids: the earnings of leads in the pools that they could go to, the demand for scarce places."""

from __future__ import annotations

from typing import Any, Final

CHUNK: Final = 50
"""Bids in one record of the changelog."""
CHUNKS: Final = 8
"""The last 400 leads: enough to tell a price, few enough to follow the market."""

Bid = tuple[str, int, int, int]
"""Pool, worth and cost in minor units, and a mask of the reps whom the lead fits.

Worth is before a rep's own close factor, cost before their own travel.
"""

Chunk = tuple[int, list[tuple[int, list[Any]]]]
"""Number of its first lead, and for each lead when it came and its bids."""
