"""Compiles the decision core with mypyc, out of tree (docs/adr/0006).

The package is copied into a target folder and the core is compiled there, beside its sources;
Python takes the compiled module where there is one. Nothing in the repository changes.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "router"

PLAIN = (
    "model/policy.py",  # msgspec reads the fields of these three's dataclasses and enums
    "model/events.py",
    "model/assignment.py",
    "explain/explain.py",  # words for people: not on a lead's way
    "explain/messages.py",
    "explain/formatting.py",
)
"""Modules of ``router/core`` that stay interpreted, beside its packages' own."""

ALSO: tuple[str, ...] = ()
"""Further modules to compile, as paths below the repository's root: ``router/kafka/….py``."""

STAMP = ".compiled-from"
OPTIONS = ("--config-file=", "--ignore-missing-imports")  # mypy's; ours hold for the sources
DEBIAN_TOOLS = "apt-get install gcc libc6-dev python3-dev"

EXAMPLES = """\
examples:
  python deploy/compile_core.py build/compiled
  PYTHONPATH=build/compiled .venv/bin/lead-router run
  python deploy/compile_core.py --check build/compiled && echo fresh

Exit codes are 0 ok, 1 fell short, 2 usage."""


class ToolMissingError(Exception):
    """There is nothing to compile with; the message says what to install."""


class FailedError(Exception):
    """Compiling went wrong; the message says how."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line, compile, and return the exit code."""
    parser = argparse.ArgumentParser(
        description="Copy the package router into TARGET and compile its decision core there.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("target", type=Path, metavar="TARGET", help="folder to make or renew")
    parser.add_argument(
        "--check", action="store_true", help="compile nothing; exit with 1 unless TARGET is fresh"
    )
    parser.add_argument(
        "--if-possible", action="store_true", help="exit with 0 when there is no C compiler"
    )
    options = parser.parse_args(arguments)
    target: Path = options.target.absolute()
    if options.check:
        return 0 if is_fresh(target) else 1
    if target.exists() and not (target / STAMP).exists() and any(target.iterdir()):
        parser.error(f"{options.target} was not made by this program: name another folder")
    try:
        make(target)
    except ToolMissingError as error:
        if options.if_possible:
            print(f"the core stays plain: {error}")
            return 0
        print(f"error: {error}", file=sys.stderr)
        return 1
    except FailedError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; nothing was changed", file=sys.stderr)
        return 130
    return 0


def fingerprint() -> str:
    """Digest of all that a compiled package is made from.

    Raises:
        ToolMissingError: mypy is not installed.
    """
    digest = hashlib.sha256()
    for part in (sys.version, sysconfig.get_platform(), _version_of("mypy")):
        digest.update(part.encode() + b"\0")
    for path in (Path(__file__).resolve(), *_sources()):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT)}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def is_fresh(target: Path) -> bool:
    """Whether ``target`` was compiled from these very sources, by this Python and mypy."""
    try:
        return (target / STAMP).read_text(encoding="utf-8").strip() == fingerprint()
    except (OSError, ToolMissingError):
        return False


def make(target: Path) -> None:
    """Compile into ``target`` unless it is fresh; it appears whole, or stays as it was.

    Raises:
        ToolMissingError: no C compiler, no headers, no mypy or no setuptools.
        FailedError: compiling went wrong.
    """
    stamp = fingerprint()
    if is_fresh(target):
        print(f"{target} is fresh")
        return
    check_tools()
    target.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    log = target.with_name(f"{target.name}.log")
    try:
        ignored = shutil.ignore_patterns("__pycache__", "*.so")
        shutil.copytree(PACKAGE, building / PACKAGE.name, ignore=ignored)
        with _quiet(log) as say:
            _compile(building, say)
        for scratch in ("build", ".mypy_cache"):
            shutil.rmtree(building / scratch, ignore_errors=True)
        (building / STAMP).write_text(f"{stamp}\n", encoding="utf-8")
        building.chmod(0o755)
        _put_in_place(building, target)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    log.unlink()
    print(f"compiled into {target}")


def modules() -> list[str]:
    """What is compiled, as paths below the repository's root."""
    core = PACKAGE / "core"
    plain = {core / path for path in PLAIN}
    paths = sorted(set(core.rglob("[!_]*.py")) - plain)
    return [*(str(path.relative_to(ROOT)) for path in paths), *ALSO]


def check_tools() -> None:
    """See that there is all it takes, before anything is started.

    Raises:
        ToolMissingError: what is missing, and what to install.
    """
    compiler = c_compiler()
    _version_of("setuptools")
    folders = [sysconfig.get_path("include"), sysconfig.get_path("platinclude")]
    tried = subprocess.run(  # noqa: S603 - the compiler that Python itself was built with
        [*compiler, "-E", "-x", "c", *(f"-I{folder}" for folder in folders), "-"],
        input="#include <Python.h>\n", capture_output=True, text=True, check=False,
    )  # fmt: skip
    if tried.returncode:
        errors = [line for line in tried.stderr.splitlines() if "error" in line]
        lacking = "Python.h" if any("Python.h" in line for line in errors) else "the C library's"
        raise ToolMissingError(f"there are no headers ({lacking}): {DEBIAN_TOOLS}")


def c_compiler() -> list[str]:
    """The command that setuptools will compile with: ``CC``, or what built this Python.

    Raises:
        ToolMissingError: it is not there.
    """
    command = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
    if shutil.which(command[0]) is None:
        raise ToolMissingError(f"there is no C compiler ({command[0]}): {DEBIAN_TOOLS}")
    return command


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        raise ToolMissingError(
            f"there is no {package}: pip install --require-hashes -r requirements/compile.txt"
        ) from None


def _sources() -> Iterable[Path]:
    paths = (path for path in PACKAGE.rglob("*") if path.is_file())
    return sorted(path for path in paths if path.suffix not in {".pyc", ".so"})


def _compile(folder: Path, say: Callable[[str], None]) -> None:
    """Types to C by mypyc, C to extension modules by setuptools, both in ``folder``."""
    from setuptools import setup  # noqa: PLC0415 - before mypyc, which looks whether it is there

    from mypyc.build import mypycify  # noqa: PLC0415  # isort: skip

    compiled = modules()
    os.chdir(folder)
    say(f"mypyc: {len(compiled)} modules to C")
    try:
        # One C file a module: they compile side by side, and ran no slower than a single one.
        extensions = mypycify(
            [*OPTIONS, *compiled], opt_level="3", debug_level="0", multi_file=True
        )
        build_ext = _side_by_side(sum(len(each.sources) for each in extensions), say)
        setup(
            name="lead-router-core",
            packages=[],
            ext_modules=extensions,
            cmdclass={"build_ext": build_ext},
            script_args=["build_ext", "--inplace"],
        )
    except SystemExit as left:  # how both report a failure
        if left.code:
            raise FailedError(left.code if isinstance(left.code, str) else "mypyc") from None
    finally:
        os.chdir(ROOT)


def _side_by_side(total: int, say: Callable[[str], None]) -> type:
    """The ``build_ext`` of setuptools, one compiler for each core at a time."""
    from setuptools.command.build_ext import build_ext  # noqa: PLC0415 - as in _compile

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    done: list[str] = []

    class SideBySide(build_ext):
        def build_extensions(self) -> None:
            say(f"C compiler: {total} files, {cores} at a time")
            compile_in_turn = self.compiler.compile

            def compile_one(source: str, options: dict[str, Any]) -> list[str]:
                objects: list[str] = compile_in_turn([source], **options)
                done.append(source)
                say(f"C compiler: {len(done)} of {total} files")
                return objects

            def compile_all(sources: list[str], **options: Any) -> list[str]:
                with ThreadPoolExecutor(cores) as pool:
                    made = pool.map(lambda source: compile_one(source, options), sources)
                    return [path for paths in made for path in paths]

            self.compiler.compile = compile_all
            super().build_extensions()

    return SideBySide


@contextmanager
def _quiet(log: Path) -> Iterator[Callable[[str], None]]:
    """Send what compilers say to ``log``; yields how to say something to people all the same.

    Raises:
        FailedError: with the lines that matter, if the block fails.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(number) for number in (1, 2)]
    screen = os.fdopen(os.dup(1), "w", encoding="utf-8")
    shown: list[str] = []

    def say(text: str) -> None:
        if screen.isatty():
            screen.write(f"\r\033[K{text}")
        elif text.partition(":")[0] not in shown:
            screen.write(f"{text}\n")  # a log wants one line a stage
        shown.append(text.partition(":")[0])
        screen.flush()

    try:
        with log.open("wb") as output:
            for number in (1, 2):
                os.dup2(output.fileno(), number)
            try:
                yield say
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                for number, original in enumerate(kept, start=1):
                    os.dup2(original, number)
                    os.close(original)
    except FailedError as error:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        telling = [line for line in lines if "error" in line.lower()] or lines
        text = "\n".join(telling[-20:])
        raise FailedError(f"{error} failed; all of it is in {log}\n{text}") from None
    finally:
        if screen.isatty():
            screen.write("\r\033[K")
        screen.close()


def _put_in_place(built: Path, target: Path) -> None:
    before = built.with_name(f"{built.name}-before")
    if target.exists():
        target.rename(before)
    built.rename(target)
    shutil.rmtree(before, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
