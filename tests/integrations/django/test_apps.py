"""integrations/django/apps.py: the application."""

from __future__ import annotations

from django.apps import apps
from django.core.management import get_commands


def test_the_application_has_the_command():
    """By its place in INSTALLED_APPS."""
    config = apps.get_app_config("safesend")
    assert config.name == "safesend.integrations.django"
    assert get_commands()["safesend"] == config.name
