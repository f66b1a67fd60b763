"""integrations/django/apps.py: the application."""

from __future__ import annotations

import subprocess
import sys

from django.apps import apps
from django.core.management import get_commands


def test_the_application_has_the_command():
    """By its place in INSTALLED_APPS."""
    config = apps.get_app_config("safesend")
    assert config.name == "safesend.integrations.django"
    assert get_commands()["safesend"] == config.name


def test_without_django_it_says_what_to_install():
    """An import that fails is a sentence."""
    code = (
        "import sys; sys.modules['django'] = None; import safesend.integrations.django"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert "pip install 'safesend[django]'" in done.stderr
