"""A record of each input topic to its inbox record."""
