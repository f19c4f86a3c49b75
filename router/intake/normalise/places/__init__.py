"""Countries, states and postal codes as people write them, by their codes."""
