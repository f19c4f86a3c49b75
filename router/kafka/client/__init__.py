"""The connection to the broker: how it is made, watched and ended, and why it cannot be made."""
