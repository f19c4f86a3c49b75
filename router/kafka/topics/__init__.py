"""Topics: their names, shapes and contents, and making them so."""
