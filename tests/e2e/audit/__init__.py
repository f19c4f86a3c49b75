"""An independent auditor: reads what the topics hold and says what is wrong with it.

It shares no code with the program it audits.
"""

from __future__ import annotations

from tests.e2e.audit.auditor import audit
from tests.e2e.audit.finding import Finding
from tests.e2e.audit.history import History, Record
from tests.e2e.audit.reading import read_history

__all__ = ["Finding", "History", "Record", "audit", "read_history"]
