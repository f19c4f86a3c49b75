"""The roles of the program, a folder each; see docs/architecture.md."""
