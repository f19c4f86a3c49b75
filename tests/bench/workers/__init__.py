"""Processes that are measured."""
