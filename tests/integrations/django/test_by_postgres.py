"""integrations/django/by_ledger.py over a ledger that several machines share."""

from __future__ import annotations

from django.core.mail import EmailMessage
from django.test import override_settings

from safesend.cli.app import call
from safesend.integrations.django.project import project
from safesend.transports import MemoryTransport


def _letter() -> EmailMessage:
    people = ["ada@example.org", "ben@example.net", "cyd@example.com"]
    message = EmailMessage("Hello", "Dear all", "shop@example.org", people)
    message.safesend_campaign = "spring"
    return message


def test_the_ledger_may_be_a_url(postgres, capsys):
    """Of a database that several machines share; its password is never shown."""
    private = postgres.url.replace("safesend@", "safesend:s3cr3t@")
    transport = MemoryTransport()
    with override_settings(SAFESEND={"TRANSPORT": transport, "LEDGER": private}):
        assert _letter().send() == _letter().send() == 1
        assert call(["status"], project("manage.py safesend")) == 0
    assert len(transport.messages) == 3
    told = capsys.readouterr().out
    assert f"Ledger {postgres.url}\n" in told
    assert "s3cr3t" not in told
