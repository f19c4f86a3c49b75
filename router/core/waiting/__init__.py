"""The waiting room: all leads that wait, in one order, in classes of equal needs (ADR 0019)."""
