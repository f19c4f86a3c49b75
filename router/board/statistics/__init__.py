"""Counts, speeds and fairness, kept as records come and go."""
