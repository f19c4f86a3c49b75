"""Renews the golden record, or writes all that it is a hash of: ``python -m tests.golden``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tests.golden.record import EVENTS, make_record, write_record


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.golden", description=__doc__)
    parser.add_argument(
        "--lines",
        type=Path,
        metavar="FILE",
        help="write every decision, changelog record and deadline here, to compare two cores by "
        "diff; the record stays as it is",
    )
    parser.add_argument(
        "--events", type=int, metavar="N", help="only the first N events; prints their blocks"
    )
    options = parser.parse_args()
    if options.lines is not None:
        with options.lines.open("w", encoding="utf-8") as file:
            make_record(options.events or EVENTS, file.write)
    elif options.events is not None:
        print(json.dumps(make_record(options.events)["blocks"]))
    else:
        write_record(make_record())


if __name__ == "__main__":
    main()
