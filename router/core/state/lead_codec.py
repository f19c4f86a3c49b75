"""A lead as bytes and back: what it is at rest, and in the changelog."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from router.core.model.lead import Lead
from router.core.state.records import fact_values, lead_from, lead_record


@dataclass(frozen=True, slots=True)
class Packing:
    """``encode`` makes bytes of lists, texts and numbers below 64 bits; ``decode`` undoes it.

    ``fact_values`` reads all fields of :class:`~router.core.model.events.Facts` in their order.
    """

    encode: Callable[[Any], bytes]
    decode: Callable[[bytes], Any]
    fact_values: Callable[[Any], tuple[Any, ...]] = fact_values

    def pack_lead(self, lead: Lead) -> bytes:
        """The lead's record as bytes."""
        return self.encode(lead_record(lead, self.fact_values))

    def unpack_lead(self, packed: bytes) -> Lead:
        """The lead of such bytes."""
        return lead_from(self.decode(packed))


JSON_PACKING = Packing(lambda value: json.dumps(value).encode(), json.loads)
"""Slow and readable; the runtime brings a faster one."""
