"""Commands for a router that runs: look at it, tell it something, prove it right."""
