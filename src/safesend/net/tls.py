"""TLS as it has to be: at least 1.2, the certificate and the host's name verified."""

from __future__ import annotations

import ssl
from collections.abc import Sequence

from safesend.errors import ConfigurationError
from safesend.policies.dane import Tlsa, fits
from safesend.smtp.exchange import ConnectionLost
from safesend.smtp.seen import TlsFlaw

__all__ = [
    "check_context",
    "check_recorded",
    "client_context",
    "handshake_failed",
    "old_context",
    "recorded_context",
    "secured",
    "tls_flaw",
    "tls_version",
    "unnamed_context",
]

_TOO_OLD = {"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION"}
_NO_TLS = "WRONG_VERSION_NUMBER"
# What OpenSSL says of a certificate (x509_vfy.h).
_FLAWS = {
    9: TlsFlaw.NOT_YET,
    10: TlsFlaw.EXPIRED,
    18: TlsFlaw.AUTHORITY,
    19: TlsFlaw.AUTHORITY,
    20: TlsFlaw.AUTHORITY,
    21: TlsFlaw.AUTHORITY,
    62: TlsFlaw.NAME,
    64: TlsFlaw.NAME,
}


def client_context() -> ssl.SSLContext:
    """A context that trusts the system's authorities (RFC 8314, RFC 9325)."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def recorded_context() -> ssl.SSLContext:
    """One for a certificate that is compared with TLSA records after the handshake.

    RFC 7672 section 3.1.1: no authority, no name and no date of it counts.
    """
    context = client_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def unnamed_context() -> ssl.SSLContext:
    """One that encrypts with whoever answers, and helps against listeners only.

    Also with old keys and ciphers: without them it would be in clear (RFC 7435 section
    3). But TLS 1.0 and 1.1 are for nobody any more (RFC 8996).
    """
    context = recorded_context()
    context.set_ciphers("DEFAULT:@SECLEVEL=1")
    return context


def old_context() -> ssl.SSLContext:
    """One that shakes hands in any version that OpenSSL knows, with anybody.

    It is for asking a server which version it has. Nothing may be sent over it.
    """
    context = recorded_context()
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


def check_context(context: ssl.SSLContext) -> None:
    """Refuse a context that would talk to just anybody (L28)."""
    if context.verify_mode is ssl.CERT_REQUIRED and context.check_hostname:
        return
    raise ConfigurationError(
        "the tls_context does not verify the server's certificate and host name."
        " For an authority of your own use ssl.create_default_context(cafile=...)"
    )


def check_recorded(line: ssl.SSLObject, records: Sequence[Tlsa]) -> None:
    """Raise `ConnectionLost` unless the server's certificate fits one of the records.

    No records is nothing to check.
    """
    if records and not fits(records, line.getpeercert(binary_form=True)):
        raise ConnectionLost(
            "the server's certificate fits none of its TLSA records (DANE)",
            permanent=True,
        )


def secured(line: ssl.SSLObject | None, records: Sequence[Tlsa] = ()) -> str:
    """How a line is secured, to show a person: "TLS 1.3, ..., certificate of ...".

    Only what was used and checked, by `records` if there are any; None is a line
    without TLS.
    """
    if line is None:
        return "not encrypted"
    version = tls_version(line)
    suite = (line.cipher() or ("unknown suite",))[0]
    context = line.context
    named = context.verify_mode is ssl.CERT_REQUIRED and context.check_hostname
    checked = f"of {line.server_hostname} checked" if named else "not checked"
    if records:
        checked = f"of {line.server_hostname} checked by DANE"
    return f"{version}, {suite}, certificate {checked}"


def tls_version(line: ssl.SSLObject | None) -> str:
    """The version that is spoken, "TLS 1.3"; "" on a line without TLS."""
    if line is None:
        return ""
    version = (line.version() or "TLS").replace("TLSv", "TLS ")
    return "TLS 1.0" if version == "TLS 1" else version


def tls_flaw(error: Exception) -> TlsFlaw | None:
    """What is wrong with the server's TLS; None where the line broke."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _FLAWS.get(error.verify_code, TlsFlaw.CERTIFICATE)
    if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):
        told = getattr(error, "reason", None)
        if told == _NO_TLS:
            return TlsFlaw.CLEAR
        return TlsFlaw.VERSION if told in _TOO_OLD else TlsFlaw.HANDSHAKE
    # A certificate that cannot be held against the host's name at all.
    return TlsFlaw.CERTIFICATE if isinstance(error, ValueError) else None


def handshake_failed(error: Exception) -> ConnectionLost:
    """Why the handshake failed, and whether trying again can help.

    A certificate or a version that does not fit will not fit the next time either;
    a line that broke may stand the next time.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = (
            f"the server's certificate is not to be trusted: {error.verify_message}"
        )
        return ConnectionLost(reason, permanent=True)
    if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):
        told = getattr(error, "reason", None) or "no reason given"
        if told == _NO_TLS:
            told = (
                "the server does not speak TLS from the first byte on this port"
                " (smtps:// is for port 465, smtp:// for 587)"
            )
        return ConnectionLost(f"the TLS handshake failed: {told}", permanent=True)
    if isinstance(error, ValueError):
        reason = "a certificate cannot be checked against this host's name"
        return ConnectionLost(reason, permanent=True)
    return ConnectionLost("the connection was lost in the TLS handshake")
