"""integrations/django/project.py: what `manage.py safesend` knows of its project."""

from __future__ import annotations

from django.test import override_settings

from safesend.integrations.django.project import project
from safesend.transports import MemoryTransport


def test_the_ledger_and_the_carrier_are_those_of_the_mail():
    """Where the backend is this library's."""
    memory = MemoryTransport()
    with override_settings(SAFESEND={"TRANSPORT": memory, "LEDGER": "mail.db"}):
        found = project("manage.py safesend")
        assert (found.prog_name, found.ledger) == ("manage.py safesend", "mail.db")
        assert found.carrier() is memory


def test_without_them_there_are_none():
    """Another backend, or no ledger."""
    assert project("x").ledger is None
    name = "django.core.mail.backends.locmem.EmailBackend"
    with override_settings(EMAIL_BACKEND=name, SAFESEND={"LEDGER": "mail.db"}):
        assert project("x").ledger is None
        assert project("x").carrier() is None
