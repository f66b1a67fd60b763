from __future__ import annotations

import ssl
import sys

import pytest

from safesend.errors import ConfigurationError
from safesend.testing import Certificates


def _handshake(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> None:
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server, server_hostname=name),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    for _ in range(4):
        for end in list(ends):
            try:
                end.do_handshake()
                ends.remove(end)
            except ssl.SSLWantReadError:
                pass


@pytest.fixture(scope="module")
def certificates() -> Certificates:
    return Certificates()


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_its_own_clients_trust_it(certificates: Certificates, name: str) -> None:
    """Under both names of this machine."""
    server, client = certificates.server_context(), certificates.client_context()

    _handshake(server, client, name)

    assert client.verify_mode is ssl.CERT_REQUIRED


def test_they_need_a_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is missing, the error says what to install."""
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(ConfigurationError, match="pip install trustme"):
        Certificates()


def test_another_name_is_not_trusted(certificates: Certificates) -> None:
    """The name is looked at."""
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        _handshake(
            certificates.server_context(),
            certificates.client_context(),
            "mail.example.org",
        )


def test_another_authority_is_not_trusted(certificates: Certificates) -> None:
    """Each is its own world."""
    with pytest.raises(ssl.SSLCertVerificationError):
        _handshake(
            Certificates("localhost").server_context(),
            certificates.client_context(),
            "localhost",
        )


def test_an_expired_one_is_not_trusted() -> None:
    """It was good, long ago."""
    old = Certificates("localhost", expired=True)
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        _handshake(old.server_context(), old.client_context(), "localhost")
