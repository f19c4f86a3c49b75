"""What fails in the tables' directory, and what to do about it.

RocksDB raises plain exceptions whose text says why. Nothing is lost by any of them: what the tables
hold lies in their changelog, and comes back from there.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from router.errors import LeadRouterError

_GOES_ON = "engagement stands still until then, nothing is lost, and it goes on by itself"


class StorageError(LeadRouterError):
    """The tables' directory cannot be used as it is."""

    def __repr__(self) -> str:
        """No paths: Faust takes an error with "lock" in it for one of a database in use."""
        return "StorageError()"


@contextmanager
def told_storage_errors(path_of: Callable[[], Path]) -> Iterator[None]:
    """Tell what fails in the block: it reads or writes ``path_of()``, asked when it has failed.

    Raises:
        StorageError: something did.
    """
    try:
        yield
    except (MemoryError, StorageError):
        raise
    except Exception as error:
        if _is_in_use(error):
            raise  # Faust tries again: its former owner on this machine is about to close it
        raise StorageError(_problem(error, path_of())) from error


def make_tables_directory(path: Path) -> None:
    """Make the directory and its parents, readable by this user only.

    Raises:
        StorageError: it cannot be made.
    """
    with told_storage_errors(lambda: path):
        path.mkdir(parents=True, exist_ok=True, mode=0o700)


def _is_in_use(error: Exception) -> bool:
    return "lock hold by" in str(error) or "/LOCK" in str(error)


def _problem(error: Exception, path: Path) -> str:
    text = str(error)
    if os.strerror(errno.ENOSPC) in text or os.strerror(errno.EDQUOT) in text:
        return f"disk full: {path} has no room left; make room there ({_GOES_ON})"
    if text.startswith("Corruption"):
        return f"{path} is damaged: delete it, and it is restored from the changelog ({_GOES_ON})"
    why = next((each for each in _REASONS if each in text), type(error).__name__)
    return (
        f"{path} cannot be used ({why}): see that it is there and that this user may write in it,"
        f" or set LEAD_ROUTER_STREAMS__DIRECTORY to another ({_GOES_ON})"
    )


_REASONS = [
    os.strerror(number)
    for number in (
        errno.EACCES,
        errno.EIO,
        errno.EMFILE,
        errno.ENOENT,
        errno.ENOTDIR,
        errno.EPERM,
        errno.EROFS,
    )
]
