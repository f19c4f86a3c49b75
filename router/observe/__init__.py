"""What a process tells of itself: metrics, health, readiness, and traces that others began."""
