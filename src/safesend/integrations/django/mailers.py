"""The mailers of a project: those of MAILERS, or the one of EMAIL_BACKEND."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import Any, cast

import attrs
import django
from django.conf import settings
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend
from django.utils.module_loading import import_string

from safesend.integrations.django.backend import EmailBackend
from safesend.integrations.django.direct import MAILERS
from safesend.integrations.django.options import NAMES
from safesend.transports import Transport

__all__ = ["Mailer", "default_carrier", "default_mailer", "mailers", "setting"]

_DEFAULT = "django.core.mail.backends.smtp.EmailBackend"
"""What Django takes where an entry of MAILERS names no BACKEND."""

_SMTP_SETTINGS = {
    "host": "EMAIL_HOST",
    "port": "EMAIL_PORT",
    "username": "EMAIL_HOST_USER",
    "password": "EMAIL_HOST_PASSWORD",
    "use_tls": "EMAIL_USE_TLS",
    "use_ssl": "EMAIL_USE_SSL",
}


@attrs.frozen
class Mailer:
    """One way of mail out of a project."""

    place: str
    """Where it stands in the settings."""
    backend: str
    smtp: Mapping[str, Any] = attrs.field(repr=False)
    """What Django's SMTP backend is told."""
    ours: Mapping[str, Any] = attrs.field(repr=False)
    """What this library's backend is told, by the names of OPTIONS."""
    alias: str | None = None
    given: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    """OPTIONS as they stand."""

    @property
    def is_our_own(self) -> bool:
        """Whether it is this library's class itself, whose options are all known."""
        return _class(self.backend) is EmailBackend

    @property
    def is_ours(self) -> bool:
        """Whether its messages leave privately."""
        found = _class(self.backend)
        return found is not None and issubclass(found, EmailBackend)

    @property
    def is_smtp(self) -> bool:
        """Whether it sends by SMTP to the host that Django is told."""
        found = _class(self.backend)
        return found is not None and issubclass(found, SmtpBackend)


def mailers() -> Iterator[Mailer]:
    """Each of them. What cannot be read is left out: Django tells of that."""
    known: Mapping[str, Mapping[str, Any]] | None = getattr(settings, "MAILERS", None)
    if django.VERSION < MAILERS or known is None:
        told = {name: setting(full) for name, full in _SMTP_SETTINGS.items()}
        given = getattr(settings, "SAFESEND", {})
        if not isinstance(given, Mapping):
            given = {}  # a check tells of it
        ours = {str(name).lower(): value for name, value in given.items()}
        yield Mailer("EMAIL_BACKEND", setting("EMAIL_BACKEND"), told, ours)
        return
    for alias, entry in known.items():
        options = entry.get("OPTIONS", {})
        yield Mailer(
            f"MAILERS[{alias!r}]",
            entry.get("BACKEND", _DEFAULT),
            {name: options.get(name) for name in _SMTP_SETTINGS},
            {name: options[name] for name in NAMES if name in options},
            alias,
            options,
        )


def setting(name: str) -> Any:
    """A setting of Django's; that it is to go is told to those who have set it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(settings, name, None)


def default_carrier() -> Transport | None:
    """The transport of the project's own mail; None where its backend is another."""
    first = next((one for one in mailers() if one.alias in (None, "default")), None)
    if first is None or not first.is_ours:
        return None
    mailer = cast("EmailBackend", default_mailer())
    return mailer.carrier()


def default_mailer() -> BaseEmailBackend:
    """The backend that Django itself takes."""
    if django.VERSION < MAILERS:
        return mail.get_connection()
    made: BaseEmailBackend = mail.mailers.default
    return made


def _class(path: str) -> type | None:
    try:
        found = import_string(path)
    except ImportError:
        return None
    return found if isinstance(found, type) else None
