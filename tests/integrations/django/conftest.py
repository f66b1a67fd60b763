"""Django's settings, which a process has once; tests change them for a while."""

from __future__ import annotations

import warnings
from pathlib import Path

import django
import pytest
from django.conf import settings
from django.test import override_settings

from safesend.testing import SmtpServer

# Some of these settings and functions are deprecated from Django 6.0 or 6.1 on. They
# are what most projects have; what is new takes warnings for errors in its test.
OLD_WAYS = "ignore::django.utils.deprecation.RemovedInDjango2028Warning"

if not settings.configured:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        settings.configure(
            DEFAULT_FROM_EMAIL="Shop <shop@example.org>",
            SERVER_EMAIL="shop@example.org",
            EMAIL_BACKEND="safesend.integrations.django.EmailBackend",
            INSTALLED_APPS=["safesend.integrations.django"],
            SECRET_KEY="for tests",
            USE_TZ=True,
        )
    django.setup()


def pytest_collection_modifyitems(items):
    """Let the tests of this folder use what is deprecated."""
    here = Path(__file__).parent
    for item in items:
        if django.VERSION >= (6, 0) and here in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings(OLD_WAYS), append=False)


@pytest.fixture
def smtp():
    """A server to which the settings of Django lead."""
    with SmtpServer() as server, at(server):
        yield server


def at(server, **more):
    """Settings that lead to a server."""
    return override_settings(EMAIL_HOST="127.0.0.1", EMAIL_PORT=server.port, **more)
