"""Certificates of a test's own authority, as files: good ones, and one of every bad kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

HOST = "127.0.0.1"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Certificates:
    """Where they lie. A keystore holds a key and its certificate, in the form that Kafka reads."""

    authority: Path
    other_authority: Path
    good: Path
    other_host: Path
    expired: Path
    client_certificate: Path
    client_key: Path
    stranger_certificate: Path
    stranger_key: Path


def write_certificates(directory: Path) -> Certificates:
    """Make them all in ``directory``."""
    authority, other_authority = trustme.CA(), trustme.CA()
    for name, each in (("authority", authority), ("other-authority", other_authority)):
        each.cert_pem.write_to_path(directory / f"{name}.pem")
    _write_keystore(directory / "good.pem", authority.issue_cert(HOST, "localhost"))
    _write_keystore(directory / "other-host.pem", authority.issue_cert("other.example"))
    expired = authority.issue_cert(HOST, not_before=LONG_AGO, not_after=LONG_AGO.replace(year=2021))
    _write_keystore(directory / "expired.pem", expired)
    client = authority.issue_cert("client.example", common_name="client")
    stranger = other_authority.issue_cert("client.example", common_name="stranger")
    for name, each in (("client", client), ("stranger", stranger)):
        each.cert_chain_pems[0].write_to_path(directory / f"{name}.pem")
        each.private_key_pem.write_to_path(directory / f"{name}-key.pem")
    return Certificates(
        authority=directory / "authority.pem",
        other_authority=directory / "other-authority.pem",
        good=directory / "good.pem",
        other_host=directory / "other-host.pem",
        expired=directory / "expired.pem",
        client_certificate=directory / "client.pem",
        client_key=directory / "client-key.pem",
        stranger_certificate=directory / "stranger.pem",
        stranger_key=directory / "stranger-key.pem",
    )


def _write_keystore(path: Path, issued: trustme.LeafCert) -> None:
    """Kafka wants keys as PKCS #8."""
    key = load_pem_private_key(issued.private_key_pem.bytes(), password=None)
    key_pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(key_pem + issued.cert_chain_pems[0].bytes())
