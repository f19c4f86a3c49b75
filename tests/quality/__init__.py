"""The quality of decisions: worlds of leads and reps, against the best that hindsight could do."""
