"""How good decisions are: worlds of leads and reps, against the best that hindsight could do."""
