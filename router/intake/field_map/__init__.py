"""A field map: which of a vendor's fields becomes which of ours, as a YAML file says."""
