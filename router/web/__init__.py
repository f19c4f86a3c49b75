"""Serving HTTP: who may ask, answers as bytes, pages that are told of changes."""
