"""Faust as we run it: its thread, its end within a bound, and what we touch of its insides."""
