"""Certificates for one test: made on the spot, trusted by nobody else."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from safesend.errors import ConfigurationError

if TYPE_CHECKING:
    import trustme

__all__ = ["Certificates"]

_LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC), datetime(2001, 2, 1, tzinfo=UTC)


class Certificates:
    """A certificate authority, and the certificate of one server. Needs `trustme`.

    `names` are host names and IP addresses; `expired` makes it one of long ago.
    """

    def __init__(self, *names: str, expired: bool = False) -> None:
        try:
            import trustme  # noqa: PLC0415 - a development package
        except ImportError as error:
            raise ConfigurationError(
                "TLS needs certificates, and these need trustme: pip install trustme"
            ) from error
        self._authority = trustme.CA()
        begin, end = _LONG_AGO if expired else (None, None)
        self._own: trustme.LeafCert = self._authority.issue_cert(
            *(names or ("127.0.0.1", "localhost")), not_before=begin, not_after=end
        )

    @property
    def ca_pem(self) -> bytes:
        """The authority's certificate, for a client that is to trust it."""
        return self._authority.cert_pem.bytes()

    def server_context(self) -> ssl.SSLContext:
        """For the server: with its certificate and key."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._own.configure_cert(context)
        return context

    def client_context(self) -> ssl.SSLContext:
        """For a client: checks names and certificates, trusts this authority only."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=self.ca_pem.decode())
        return context
