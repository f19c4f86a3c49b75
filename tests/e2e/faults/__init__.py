"""Faults drawn from a seed, and the processes they strike."""
