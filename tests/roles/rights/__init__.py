"""A broker that asks who one is, and what each role may do there."""
