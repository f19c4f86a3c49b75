"""See the package's docstring."""

from __future__ import annotations

import os

from router.cli.main import main
from tests.e2e.sabotage.acts import ACTS
from tests.e2e.sabotage.gates import GATES

if __name__ == "__main__":
    for sabotage in filter(None, os.environ.get("SABOTAGE", "").split(",")):
        ACTS[sabotage]()
    for gate in filter(None, os.environ.get("GATES", "").split(",")):
        GATES[gate]()
    main()
