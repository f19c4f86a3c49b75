"""Keyed digests: two records of one person meet in them, and nobody can read them back."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b

_DIGEST_BYTES = 8
_63_BITS = 2**63 - 1
_KEY_BYTES_MAX = 64


@dataclass(frozen=True, slots=True)
class Digester:
    """Digests under one key. E-mail and phone digests never collide by design (``person``)."""

    key: bytes
    _email: blake2b = field(init=False, repr=False, compare=False)
    _phone: blake2b = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        key = self.key
        if len(key) > _KEY_BYTES_MAX:
            key = blake2b(key).digest()
        for name, person in (("_email", b"email"), ("_phone", b"phone")):
            hasher = blake2b(key=key, digest_size=_DIGEST_BYTES, person=person)
            object.__setattr__(self, name, hasher)

    def email(self, address: str) -> int:
        """63 bits of a normalised e-mail address."""
        hasher = self._email.copy()
        hasher.update(address.encode())
        return int.from_bytes(hasher.digest(), "big") & _63_BITS

    def phone(self, e164: str) -> int:
        """63 bits of a phone number in E.164."""
        hasher = self._phone.copy()
        hasher.update(e164.encode())
        return int.from_bytes(hasher.digest(), "big") & _63_BITS
