"""The server that Django's settings name, as a transport."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from safesend.transports import SmtpTransport

if TYPE_CHECKING:
    from django.core.mail.backends.smtp import EmailBackend

__all__ = ["relay"]


def relay(backend: EmailBackend) -> SmtpTransport:
    """A transport with the host, the login and the TLS of an SMTP backend.

    Raises `ConfigurationError` for a login without TLS.
    """
    return SmtpTransport(
        backend.host,
        port=backend.port,
        username=backend.username or None,
        password=backend.password or None,
        tls=_tls(backend),
        tls_context=_context(backend),
        timeout=backend.timeout,
    )


def _tls(backend: EmailBackend) -> str:
    if backend.use_ssl:
        return "implicit"
    return "starttls" if backend.use_tls else "insecure-plaintext"


def _context(backend: EmailBackend) -> ssl.SSLContext | None:
    secured = backend.use_ssl or backend.use_tls
    own = backend.ssl_certfile or backend.ssl_keyfile
    return backend.ssl_context if secured and own else None
