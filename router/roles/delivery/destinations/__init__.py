"""Destinations, a file each: an assignment in, a request out; nothing here sends."""
