"""``python -m router.cli``: the same as ``lead-router``."""

from router.cli.main import main

if __name__ == "__main__":
    main()
