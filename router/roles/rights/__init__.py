"""The least rights of each role on the broker, and whether they are given."""
