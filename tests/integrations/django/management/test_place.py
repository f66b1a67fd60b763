"""integrations/django/management/: where Django looks for commands."""

from __future__ import annotations

from pathlib import Path

from django.core.management import find_commands

from safesend.integrations.django import management


def test_there_is_one_command():
    """It is called as the library is."""
    assert find_commands(str(Path(management.__file__).parent)) == ["safesend"]
