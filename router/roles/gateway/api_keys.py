"""Keys of senders: long random texts, of which only a digest is kept.

The file has a line of JSON for each key. Every gateway reads it again when it has changed, so that
a key that was revoked is refused a second later; see ADR 0040.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

import msgspec

from router.errors import LeadRouterError, UsageError

Permission = Literal["leads", "activity", "feedback"]
PERMISSIONS: tuple[Permission, ...] = get_args(Permission)

_PREFIX = "lrk"
_ID_BYTES = 6
_SECRET_BYTES = 32
_LOOK_EVERY_S = 1.0


class ApiKey(msgspec.Struct, frozen=True):
    """One key as it is kept; ``sha256`` is of the whole text that its owner holds."""

    key_id: str
    sha256: str
    sales_org: str
    may: tuple[Permission, ...]
    created_at: str
    label: str = ""
    revoked_at: str | None = None


def new_key(sales_org: str, may: Sequence[Permission], label: str) -> tuple[str, ApiKey]:
    """Return a new key's text, which is shown once, and what is kept of it."""
    key_id = secrets.token_hex(_ID_BYTES)
    text = f"{_PREFIX}_{key_id}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    return text, ApiKey(key_id, _digest(text), sales_org, tuple(may), _now(), label)


def revoked(keys: Sequence[ApiKey], key_id: str) -> list[ApiKey]:
    """Return ``keys`` with one of them revoked.

    Raises:
        UsageError: there is none with that id.
    """
    if key_id not in {key.key_id for key in keys}:
        raise UsageError(f"no key has the id {key_id}: see `lead-router keys list`")
    return [
        msgspec.structs.replace(key, revoked_at=key.revoked_at or _now())
        if key.key_id == key_id
        else key
        for key in keys
    ]


def read_keys(path: Path) -> list[ApiKey]:
    """Return the keys in a file; none if there is no file.

    Raises:
        LeadRouterError: it cannot be read.
    """
    if not path.exists():
        return []
    try:
        return msgspec.json.Decoder(ApiKey).decode_lines(path.read_bytes())
    except (OSError, msgspec.MsgspecError, UnicodeError) as error:
        raise LeadRouterError(
            f"cannot read the keys in {path} ({type(error).__name__}): restore the file, or delete"
            " it and make new keys with `lead-router keys create`"
        ) from error


def write_keys(path: Path, keys: Sequence[ApiKey]) -> None:
    """Put ``keys`` in the file's place at once; it holds nothing that could be used as a key.

    Raises:
        LeadRouterError: it cannot be written.
    """
    text = b"".join(msgspec.json.encode(key) + b"\n" for key in keys)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.touch(mode=0o644)
        beside.write_bytes(text)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise LeadRouterError(
            f"cannot write the keys to {path} ({error.strerror}): name another file in"
            " LEAD_ROUTER_GATEWAY__KEYS_FILE"
        ) from error


class KeyRing:
    """The keys that are good now."""

    def __init__(self, path: Path) -> None:
        """Read the file.

        Raises:
            LeadRouterError: it cannot be read.
        """
        self._path = path
        self._looked_s = time.monotonic()
        self._version = self._version_now()
        self._good = _good(read_keys(path))

    def owner_of(self, text: str) -> ApiKey | None:
        """Return the key that ``text`` is; compared in constant time."""
        self._renew()
        prefix, _, rest = text.partition("_")
        key = self._good.get(rest.partition("_")[0]) if prefix == _PREFIX else None
        if key is None or not hmac.compare_digest(_digest(text), key.sha256):
            return None
        return key

    def _renew(self) -> None:
        """Read the file again if it has changed; what cannot be read leaves no key good."""
        now_s = time.monotonic()
        if now_s - self._looked_s < _LOOK_EVERY_S:
            return
        version = self._version_now()
        if version != self._version:
            self._good, self._version = {}, None
            self._good = _good(read_keys(self._path))
            self._version = version
        self._looked_s = now_s  # not if it cannot be read: that is no answer about a key

    def _version_now(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size


def _good(keys: Sequence[ApiKey]) -> dict[str, ApiKey]:
    return {key.key_id: key for key in keys if key.revoked_at is None}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
