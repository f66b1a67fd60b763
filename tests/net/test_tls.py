"""TLS verifies whom it talks to."""

from __future__ import annotations

import contextlib
import ssl

import pytest

from safesend.errors import ConfigurationError
from safesend.net.tls import (
    check_context,
    check_recorded,
    client_context,
    handshake_failed,
    old_context,
    recorded_context,
    secured,
    tls_flaw,
    tls_version,
    unnamed_context,
)
from safesend.policies.dane import Tlsa
from safesend.smtp import ConnectionLost
from safesend.smtp.seen import TlsFlaw
from safesend.testing.certificates import Certificates


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


def shaken_hands(context, host):
    """A TLS line between two ends in memory, from the client's side."""
    certificates = Certificates(host)
    context.load_verify_locations(cadata=certificates.ca_pem.decode())
    one, other = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = certificates.server_context().wrap_bio(other, one, server_side=True)
    client = context.wrap_bio(one, other, server_hostname=host)
    for end in (client, server, client, server):
        with contextlib.suppress(ssl.SSLWantReadError):
            end.do_handshake()
    return client


def test_how_a_line_is_secured_in_words():
    """Version, suite, and whose certificate was checked."""
    line = shaken_hands(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), "mail.example.org")
    suite, version, _ = line.cipher()

    assert version == "TLSv1.3"
    assert secured(line) == (
        f"TLS 1.3, {suite}, certificate of mail.example.org checked"
    )


def test_what_was_not_checked_is_not_told_as_checked():
    """A context that takes any name checked nobody's certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False

    assert secured(shaken_hands(context, "mail.example.org")).endswith(
        ", certificate not checked"
    )


def test_a_line_without_tls_is_told_so():
    """And one whose handshake is not over claims nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    begun = context.wrap_bio(
        ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="mail.example.org"
    )

    assert secured(None) == "not encrypted"
    assert secured(begun).startswith("TLS, unknown suite")


def test_who_is_recognised_by_records():
    """The context takes anybody; what was shown is compared before anything is said."""
    line = shaken_hands(recorded_context(), "mail.example.org")
    shown = line.getpeercert(binary_form=True)
    good, bad = Tlsa(3, 0, 0, shown), Tlsa(3, 0, 0, shown[:-1])

    check_recorded(line, [bad, good])
    check_recorded(line, [])
    with pytest.raises(ConnectionLost, match="DANE"):
        check_recorded(line, [bad])
    assert secured(line, [good]).endswith("of mail.example.org checked by DANE")


def test_whoever_answers_is_taken():
    """But not with a TLS that is none any more."""
    context = unnamed_context()

    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert secured(shaken_hands(context, "mx.example.org")).endswith("not checked")


def told(kind, **what):
    """An error of OpenSSL that says this."""
    error = kind(1, "said")
    for name, value in what.items():
        setattr(error, name, value)
    return error


@pytest.mark.parametrize(
    ("error", "flaw"),
    [
        (told(ssl.SSLCertVerificationError, verify_code=62), TlsFlaw.NAME),
        (told(ssl.SSLCertVerificationError, verify_code=64), TlsFlaw.NAME),
        (told(ssl.SSLCertVerificationError, verify_code=10), TlsFlaw.EXPIRED),
        (told(ssl.SSLCertVerificationError, verify_code=9), TlsFlaw.NOT_YET),
        (told(ssl.SSLCertVerificationError, verify_code=18), TlsFlaw.AUTHORITY),
        (told(ssl.SSLCertVerificationError, verify_code=23), TlsFlaw.CERTIFICATE),
        (told(ssl.SSLError, reason="UNSUPPORTED_PROTOCOL"), TlsFlaw.VERSION),
        (told(ssl.SSLError, reason="WRONG_VERSION_NUMBER"), TlsFlaw.CLEAR),
        (told(ssl.SSLError, reason="SOMETHING"), TlsFlaw.HANDSHAKE),
        (UnicodeError("host"), TlsFlaw.CERTIFICATE),
        (ssl.SSLEOFError(8, "eof"), None),
        (ConnectionResetError(), None),
    ],
)
def test_what_is_wrong_in_a_word(error, flaw):
    """Where the line broke nothing is known of the server's TLS."""
    assert tls_flaw(error) is flaw


def test_which_version_is_spoken():
    """None on a line without TLS; an old one with a context that is for asking only."""
    line = shaken_hands(old_context(), "mx.example.org")

    assert tls_version(None) == ""
    assert tls_version(line) == "TLS 1.3"
    assert old_context().minimum_version is ssl.TLSVersion.MINIMUM_SUPPORTED
