"""Bytes to records and back, and the schemas of both."""
