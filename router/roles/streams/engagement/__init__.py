"""Activity into engagement: what leads do, as one number each that fades."""
