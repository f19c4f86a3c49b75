"""The channels by which leads are sold, in the order in which they are asked."""

from __future__ import annotations

from typing import Final

CHANNELS: Final = ("field", "inside")
