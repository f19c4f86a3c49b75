"""Kinds of events, and their effects."""
