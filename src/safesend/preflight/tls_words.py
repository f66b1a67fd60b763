"""What is wrong with a server's TLS, in words."""

from __future__ import annotations

from collections.abc import Mapping

from safesend.smtp.seen import TlsFlaw

__all__ = ["FLAWS"]

FLAWS: Mapping[TlsFlaw, str] = {
    TlsFlaw.NAME: "its certificate is for other names",
    TlsFlaw.EXPIRED: "its certificate has expired",
    TlsFlaw.NOT_YET: "its certificate does not hold yet",
    TlsFlaw.AUTHORITY: "nobody who is known here vouches for its certificate",
    TlsFlaw.CERTIFICATE: "its certificate is not to be trusted",
    TlsFlaw.VERSION: "it speaks no TLS from version 1.2 on",
    TlsFlaw.CLEAR: "it does not speak TLS from the first byte on at this port",
    TlsFlaw.HANDSHAKE: "the TLS handshake failed",
}
