"""The operators' board: a web server over the projection. See docs/board.md."""
