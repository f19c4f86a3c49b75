"""Large buffers, kept by the process from one transaction to the next."""

from __future__ import annotations

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # glibc's numbers, malloc.h
_KEPT_BYTES_MAX = 128 * 1024 * 1024
_HEAP_BUFFER_BYTES_MAX = 32 * 1024 * 1024  # the most that glibc takes


def keep_buffers() -> bool:
    """Tell glibc not to give batches and fetches back to the system at each transaction.

    By default every buffer over 128 KB comes as fresh pages, which the kernel clears, and goes
    back when it is freed: a tenth of a route process's time. Returns whether it took the hint;
    other C libraries do not know it.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    return bool(
        mallopt(_MMAP_THRESHOLD, _HEAP_BUFFER_BYTES_MAX)
        and mallopt(_TRIM_THRESHOLD, _KEPT_BYTES_MAX)
    )
