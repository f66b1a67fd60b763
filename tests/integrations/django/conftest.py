"""Django's settings, which a process has once; tests change them for a while."""

from __future__ import annotations

import django
import pytest
from django.conf import settings
from django.test import override_settings

from safesend.testing import SmtpServer

if not settings.configured:
    settings.configure(
        DEFAULT_FROM_EMAIL="Shop <shop@example.org>",
        SERVER_EMAIL="shop@example.org",
        EMAIL_BACKEND="safesend.integrations.django.EmailBackend",
        INSTALLED_APPS=["safesend.integrations.django"],
        USE_TZ=True,
    )
    django.setup()


@pytest.fixture
def smtp():
    """A server to which the settings of Django lead."""
    with SmtpServer() as server, at(server):
        yield server


def at(server, **more):
    """Settings that lead to a server."""
    return override_settings(EMAIL_HOST="127.0.0.1", EMAIL_PORT=server.port, **more)
