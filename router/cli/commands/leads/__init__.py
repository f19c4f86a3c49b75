"""Commands that route leads: the router itself, and leads into it."""
