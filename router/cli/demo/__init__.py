"""The demo: 500 leads through the whole pipeline, and what became of them."""
