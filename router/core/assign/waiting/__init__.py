"""The waiting room: all leads that wait, in one order (ADR 0019)."""
