"""Data of the decision: events, leads, reps, policies, placements, assignments."""
