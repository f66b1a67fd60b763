"""`manage.py check`: what in the settings would send mail that is not private."""

from __future__ import annotations

import ipaddress
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Info
from django.core.checks import Warning as Caution

from safesend.errors import AddressError, ConfigurationError
from safesend.integrations.django import options
from safesend.integrations.django.mailers import Mailer, mailers, setting
from safesend.message.address import Address

__all__ = ["check_deployment", "check_settings"]

_DEVELOPMENT = frozenset(
    f"django.core.mail.backends.{name}.EmailBackend"
    for name in ("console", "dummy", "filebased", "locmem")
)
_OURS = "safesend.integrations.django.EmailBackend"
# What Django's SMTP backend takes (django.core.mail.backends.smtp).
_DJANGOS = (
    *("host", "port", "username", "password", "use_tls", "use_ssl", "timeout"),
    *("ssl_keyfile", "ssl_certfile"),
)
_SEE = 'The page "Django" of safesend\'s manual has all settings.'
_SET_TLS = "Set EMAIL_USE_TLS = True (in OPTIONS: 'use_tls')."
_FILES = ("eml:", "maildir:", "mbox:", "memory:")


def check_settings(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django's signature
    **_: Any,
) -> list[CheckMessage]:
    """What is wrong with the settings, whatever they are for."""
    found = [*_settings()]
    for mailer in mailers():
        found += _backend(mailer)
        if mailer.is_ours:
            found += _options(mailer)
            found += _line(mailer)
            found += _ledger(mailer)
            found += _suppression(mailer)
    return found


def check_deployment(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - Django's signature
    **_: Any,
) -> list[CheckMessage]:
    """What only matters where people get the mail (`check --deploy`)."""
    return [
        Caution(
            f"{one.place} puts mail into files or memory: nobody gets it.",
            hint="Name a server: 'smtp://user@mail.example.org'.",
            id="safesend.W005",
        )
        for one in mailers()
        if one.is_ours and str(one.ours.get("transport", "")).startswith(_FILES)
    ]


def _settings() -> Iterator[CheckMessage]:
    given = getattr(settings, "SAFESEND", None)
    if given is None:
        return
    for problem in options.problems(given):
        yield Error(f"{problem}.", hint=_SEE, id="safesend.E001")
    if any(one.alias is not None for one in mailers()):
        yield Caution(
            "SAFESEND is not read: with MAILERS each mailer has its own OPTIONS.",
            hint="Move what it says to OPTIONS, in lower case.",
            id="safesend.W004",
        )


def _backend(mailer: Mailer) -> Iterator[CheckMessage]:
    if mailer.is_ours:
        return
    if mailer.backend in _DEVELOPMENT:
        yield Info(
            f"{mailer.place} is a backend for development; what it would send to"
            " several people is not made private.",
            hint=f"Where people get the mail, use {_OURS!r}.",
            id="safesend.I001",
        )
        return
    yield Caution(
        f"Mail by {mailer.place} is not private: everybody in To and Cc sees the"
        " others.",
        hint=f"Use {_OURS!r} in place of {mailer.backend!r}.",
        id="safesend.W001",
    )


def _options(mailer: Mailer) -> Iterator[CheckMessage]:
    given = dict(mailer.ours)
    if mailer.alias is not None:
        if mailer.is_our_own:
            for problem in options.unknown(mailer.given, _DJANGOS):
                yield Error(
                    f"{mailer.place}: {problem}.", hint=_SEE, id="safesend.E001"
                )
        password = mailer.smtp["password"]
        if "transport" in given and password:
            given["password"] = password
        try:
            options.read(given)
        except ConfigurationError as error:
            yield Error(
                f"{mailer.place}: {error}.",
                hint=_SEE,
                id="safesend.E001",
            )
    if "transport" not in given and "ledger" not in given:
        return
    for name in ("DEFAULT_FROM_EMAIL", "SERVER_EMAIL"):
        try:
            Address.parse(str(setting(name)), name_allowed=True)
        except AddressError:
            yield Caution(
                f"{name} is no whole address, so that mail from it cannot leave by"
                f" {mailer.place}.",
                hint=f"{name} = 'Shop <shop@example.org>'",
                id="safesend.W006",
            )


def _line(mailer: Mailer) -> Iterator[CheckMessage]:
    """The line to the server that Django is told; a URL has its own word for it."""
    told = mailer.smtp
    host = str(told["host"] or "")
    if "transport" in mailer.ours or told["use_tls"] or told["use_ssl"]:
        return
    login, here = told["username"] and told["password"], _is_here(host)
    if login and "ledger" in mailer.ours:
        yield Error(
            f"{mailer.place}: with a ledger no password is sent without TLS, so that"
            " nothing can leave.",
            hint=_SET_TLS,
            id="safesend.E005",
        )
    elif login and not here:
        yield Error(
            f"{mailer.place}: the password is for {host} and there is no TLS; the line"
            " would carry it in clear.",
            hint=_SET_TLS,
            id="safesend.E002",
        )
    elif host and not here:
        yield Caution(
            f"{mailer.place}: mail goes to {host} without TLS; whoever is on the way"
            " reads it.",
            hint=_SET_TLS,
            id="safesend.W002",
        )


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _suppression(mailer: Mailer) -> Iterator[CheckMessage]:
    named = mailer.ours.get("suppression")
    if isinstance(named, str | Path) and not Path(named).is_file():
        yield Error(
            f"{mailer.place}: there is no suppression list {named}.",
            hint=f"manage.py safesend suppress new {named}",
            id="safesend.E006",
        )


def _ledger(mailer: Mailer) -> Iterator[CheckMessage]:
    named = mailer.ours.get("ledger")
    if not isinstance(named, str | Path) or "://" in str(named):
        return
    if str(named) == ":memory:":
        yield Caution(
            f"{mailer.place}: a ledger in memory forgets who has the mail.",
            hint="Give a path: BASE_DIR / 'mail.safesend.db'.",
            id="safesend.W003",
        )
        return
    folder = Path(named).resolve().parent
    if not folder.is_dir():
        yield Error(
            f"{mailer.place}: the ledger's folder {folder} is not there.",
            hint=f"mkdir -m 700 {folder}",
            id="safesend.E003",
        )
        return
    for name in _served(folder):
        yield Error(
            f"{mailer.place}: the ledger lies in {name}, which the web server shows to"
            " everybody.",
            hint="Put it into a folder that is not served.",
            id="safesend.E004",
        )
    if stat.S_IMODE(folder.stat().st_mode) & 0o022:
        yield Caution(
            f"{mailer.place}: others can write to the ledger's folder {folder}, and so"
            " put another ledger in its place.",
            hint=f"chmod go-w {folder}",
            id="safesend.W007",
        )


def _served(folder: Path) -> Iterator[str]:
    """The settings of folders that a web server shows, if this lies in one."""
    single = [(name, [setting(name)]) for name in ("MEDIA_ROOT", "STATIC_ROOT")]
    for name, places in [*single, ("STATICFILES_DIRS", setting("STATICFILES_DIRS"))]:
        for place in places or ():
            # An entry may have a prefix: ("downloads", "/srv/downloads").
            path = place[1] if isinstance(place, tuple) else place
            if path and folder.is_relative_to(Path(path).resolve()):
                yield name
