"""What each role may do on the broker: as data, asked of the broker, watched while it runs."""
