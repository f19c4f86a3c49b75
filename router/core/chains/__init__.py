"""Every chain ends at somebody who is there, and what was meant is asked again (ADR 0024)."""
