"""``python -m router.cli``: the same as ``lead-router``."""

from router.cli.main import main

if __name__ == "__main__":
    try:
        main()
    finally:
        # Ctrl-C within an `exec` of text, as dataclasses are made on import: Python notes it and,
        # though it is caught, ends by SIGINT instead of with our exit code, unless text is
        # evaluated after it.
        eval("0")  # noqa: S307 - a constant
