"""Any record in, an inbox record out: checked, normalised, cut down to what routing needs.

Start reading at :mod:`router.intake.records.admit`.
"""

from __future__ import annotations

from router.intake.contract.dead_letter import DeadLetterReason
from router.intake.records.admit import Admitted, admit
from router.intake.records.context import IntakeContext
from router.intake.wire.codec import decode_event, encode_event
from router.intake.wire.refusal import Rejected

__all__ = [
    "Admitted",
    "DeadLetterReason",
    "IntakeContext",
    "Rejected",
    "admit",
    "decode_event",
    "encode_event",
]
