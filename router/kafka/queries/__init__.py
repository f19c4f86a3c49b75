"""Questions of people to topics."""
