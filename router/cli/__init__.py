"""The commands of ``lead-router``; each module registers its own."""
