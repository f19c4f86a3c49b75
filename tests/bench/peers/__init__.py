"""Other people's stream processors, doing comparable work."""
