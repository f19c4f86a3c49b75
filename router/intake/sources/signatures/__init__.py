"""Vendors' signatures over the raw bytes, compared in constant time."""
