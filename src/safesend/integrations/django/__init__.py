"""Django: an e-mail backend, system checks and a command. Needs the extra `django`.

EMAIL_BACKEND = "safesend.integrations.django.EmailBackend"
INSTALLED_APPS = [..., "safesend.integrations.django"]
"""

from __future__ import annotations

from safesend.errors import ConfigurationError

try:
    import django.core.mail  # noqa: F401
except ImportError as error:
    raise ConfigurationError(
        "the backend for Django needs Django: pip install 'safesend[django]'"
    ) from error

from safesend.integrations.django.backend import EmailBackend
from safesend.integrations.django.undelivered import AllRefused, Undelivered

__all__ = ["AllRefused", "EmailBackend", "Undelivered"]
