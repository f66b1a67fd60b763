"""integrations/django/relay.py: the server of Django's settings as a transport."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import override_settings

from safesend.errors import ConfigurationError
from safesend.integrations.django.relay import relay
from safesend.smtp import Security

LOGIN = {"EMAIL_HOST_USER": "shop", "EMAIL_HOST_PASSWORD": "secret"}


@pytest.mark.parametrize(
    ("settings", "security"),
    [
        ({}, Security.PLAINTEXT),
        ({"EMAIL_USE_TLS": True, **LOGIN}, Security.STARTTLS),
        ({"EMAIL_USE_SSL": True, **LOGIN}, Security.IMPLICIT),
    ],
)
def test_host_port_login_and_tls_are_taken_over(settings, security):
    """As Django means them."""
    with override_settings(EMAIL_HOST="mail.example.org", EMAIL_PORT=2525, **settings):
        made = relay(mail.get_connection(timeout=7))
    assert (made.host, made.port, made.timeout) == ("mail.example.org", 2525, 7)
    assert made.tls is security
    assert made.username == settings.get("EMAIL_HOST_USER")


def test_a_login_in_clear_is_refused():
    """Even on this machine: the engine has no way to write one."""
    with override_settings(**LOGIN), pytest.raises(ConfigurationError, match="plain"):
        relay(mail.get_connection())


def test_a_certificate_of_ones_own_is_shown_to_the_server(tmp_path):
    """EMAIL_SSL_CERTFILE and EMAIL_SSL_KEYFILE, if there is TLS at all."""
    import trustme

    file = tmp_path / "own.pem"
    trustme.CA().issue_cert(
        "shop.example.org"
    ).private_key_and_cert_chain_pem.write_to_path(str(file))
    own = {"EMAIL_SSL_CERTFILE": str(file)}
    with override_settings(EMAIL_USE_TLS=True, **own):
        backend = mail.get_connection()
        assert relay(backend).tls_context is backend.ssl_context
    with override_settings(**own):
        assert relay(mail.get_connection()).tls_context is None
