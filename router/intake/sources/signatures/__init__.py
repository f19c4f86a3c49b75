"""Who sent it: vendors' signatures over the raw bytes, compared in constant time."""
