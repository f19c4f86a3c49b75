"""The certificates that the settings name."""

from __future__ import annotations

import ssl
from pathlib import Path

from aiokafka.helpers import create_ssl_context

from router.errors import LeadRouterError
from router.settings import KafkaSettings


def ssl_context_of(settings: KafkaSettings) -> ssl.SSLContext | None:
    """Return the context of the settings' certificates, None where nothing is encrypted.

    Raises:
        LeadRouterError: they cannot be used.
    """
    if not settings.is_encrypted:
        return None
    for name in ("ssl_ca_file", "ssl_cert_file", "ssl_key_file"):
        _check_readable(f"LEAD_ROUTER_KAFKA__{name.upper()}", getattr(settings, name))
    password = settings.ssl_key_password
    try:
        context: ssl.SSLContext = create_ssl_context(
            cafile=settings.ssl_ca_file,
            certfile=settings.ssl_cert_file,
            keyfile=settings.ssl_key_file,
            # Never None: for an encrypted key OpenSSL would then ask the terminal.
            password=password.get_secret_value() if password else "",
        )
    except OSError as error:
        raise LeadRouterError(
            f"the certificates cannot be used ({error.strerror or type(error).__name__}): see that"
            " LEAD_ROUTER_KAFKA__SSL_CA_FILE, …SSL_CERT_FILE and …SSL_KEY_FILE name PEM files that"
            " belong together, and that …SSL_KEY_PASSWORD is the key's"
        ) from error
    return context


def _check_readable(variable: str, path: Path | None) -> None:
    if path is None:
        return
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise LeadRouterError(
            f"{variable} names {path}, which cannot be read ({error.strerror}): correct the path,"
            " or let this user read it"
        ) from error
