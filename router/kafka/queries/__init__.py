"""Questions to topics and groups that change nothing."""
