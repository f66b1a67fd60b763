"""The application: with it in INSTALLED_APPS there are the checks and the command."""

from __future__ import annotations

from django.apps import AppConfig
from django.core import checks

from safesend.integrations.django.checks import check_deployment, check_settings

__all__ = ["SafesendConfig"]


class SafesendConfig(AppConfig):
    """`safesend.integrations.django` in INSTALLED_APPS."""

    name = "safesend.integrations.django"
    label = "safesend"
    verbose_name = "safesend"

    def ready(self) -> None:
        """Register the system checks."""
        checks.register(check_settings, "safesend")
        checks.register(check_deployment, "safesend", deploy=True)
