"""What people ask of topics."""
