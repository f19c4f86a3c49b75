"""Text that commands print: tables, lines, stories, errors."""
