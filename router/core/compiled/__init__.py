"""A policy and a roster made ready for deciding."""
