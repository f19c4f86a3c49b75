"""Time passing: deadlines, departures, expiry, clocks that leap."""
