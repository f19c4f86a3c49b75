"""Decisions over all leads of a person: consent, erasure, merges, requests (ADR 0023)."""
