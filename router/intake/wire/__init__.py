"""Bytes to a message of the contract: what cannot be read is left out and named."""
