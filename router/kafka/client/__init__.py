"""The connection to the broker: its certificates, and why it cannot be made."""
