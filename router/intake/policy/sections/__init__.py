"""The sections of a policy file, a module each."""
