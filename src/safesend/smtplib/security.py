"""TLS as it has to be, and passwords that do not leave in clear."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import warnings
from typing import Any

__all__ = [
    "checking_context",
    "context_of",
    "early_octets",
    "is_here",
    "keeps_secret",
]

# Mechanisms in which the password itself is not written (RFC 2195, 2831, 4752, 5802).
_PROOFS = ("CRAM-MD5", "DIGEST-MD5", "GSSAPI", "NTLM", "SCRAM-")


def checking_context(
    certfile: str | None = None, keyfile: str | None = None
) -> ssl.SSLContext:
    """A context that checks the server's certificate and name; ours, if there is one.

    Raises ValueError for a key without a certificate, as the standard library does.
    """
    context = ssl.create_default_context()
    if keyfile and not certfile:
        raise ValueError("certfile must be specified")
    if certfile:
        context.load_cert_chain(certfile, keyfile)
    return context


def context_of(given: dict[str, Any]) -> ssl.SSLContext:
    """The caller's own context, or one that checks (with the caller's certificate)."""
    keyfile, certfile = given.get("keyfile"), given.get("certfile")
    context: ssl.SSLContext | None = given.get("context")
    for name, file in (("keyfile", keyfile), ("certfile", certfile)):
        if context is not None and file is not None:
            raise ValueError(f"context and {name} arguments are mutually exclusive")
    if keyfile is not None or certfile is not None:
        warnings.warn(
            "keyfile and certfile are deprecated, use a custom context instead",
            DeprecationWarning,
            stacklevel=3,
        )
    return checking_context(certfile, keyfile) if context is None else context


def early_octets(sock: Any, file: Any) -> bytes:
    """What has come and was not read, without waiting for more.

    `file` holds what was taken from the socket ahead of its reader, if it tells.
    """
    ahead: bytes = getattr(file, "pending", b"")
    try:
        return ahead or bytes(sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
    except (OSError, ValueError):  # nothing there; TLS, which has no such flags
        return b""


def is_here(sock: Any) -> bool:
    """Whether the other side is this very machine."""
    if getattr(sock, "family", None) == getattr(socket, "AF_UNIX", -1):
        return True
    try:
        address = ipaddress.ip_address(str(sock.getpeername()[0]).partition("%")[0])
    except (OSError, ValueError, IndexError):
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def keeps_secret(mechanism: str) -> bool:
    """Whether a login by this mechanism does not show the password itself."""
    return mechanism.upper().startswith(_PROOFS)
