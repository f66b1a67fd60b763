"""TLS verifies whom it talks to."""

from __future__ import annotations

import ssl

import pytest

from safesend.errors import ConfigurationError
from safesend.net.tls import check_context, client_context, handshake_failed


def test_our_own_context():
    """At least TLS 1.2, certificate and host name verified."""
    context = client_context()

    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    check_context(context)


def test_a_context_that_verifies_nothing_is_refused():
    """Neither one without certificates nor one that takes any name (L28)."""
    careless = ssl.create_default_context()
    careless.check_hostname = False
    with pytest.raises(ConfigurationError, match="host name"):
        check_context(careless)
    careless.verify_mode = ssl.CERT_NONE
    with pytest.raises(ConfigurationError, match="cafile"):
        check_context(careless)


@pytest.mark.parametrize(
    ("error", "permanent"),
    [
        (ssl.SSLCertVerificationError("bad"), True),
        (ssl.SSLError(1, "wrong version"), True),
        (UnicodeError("host"), True),
        (ssl.SSLEOFError(8, "eof"), False),
        (ConnectionResetError(), False),
        (TimeoutError(), False),
    ],
)
def test_whether_trying_again_can_help(error, permanent):
    """Not with the same certificate; perhaps with a line that stands."""
    if isinstance(error, ssl.SSLCertVerificationError):
        error.verify_message = "expired"
    assert handshake_failed(error).permanent is permanent
