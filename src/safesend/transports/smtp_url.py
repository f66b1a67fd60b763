"""The URL of a server: smtp://, smtps://, smtp+insecure-plaintext://, lmtp://."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeVar

import attrs

from safesend.errors import ConfigurationError
from safesend.smtp import Security
from safesend.smtp.dsn import NOTIFY

__all__ = ["SCHEMES", "RelayUrl", "notify", "number", "read_options", "read_url"]

N = TypeVar("N", int, float)

SCHEMES = {
    "smtp": Security.STARTTLS,
    "smtps": Security.IMPLICIT,
    "smtp+insecure-plaintext": Security.PLAINTEXT,
}
_OPTIONS = (
    "helo",
    "idempotency_header",
    "idempotency_ttl",
    "in_flight",
    "max_messages",
    "notify",
    "require_tls_path",
    "source_address",
    "timeout",
)


@attrs.frozen
class RelayUrl:
    """The parts of a relay's URL."""

    security: Security
    host: str
    port: int | None
    username: str | None = attrs.field(repr=False)
    holds_password: bool
    options: dict[str, str] = attrs.field(repr=False)

    def number(self, name: str, kind: type[N]) -> N | None:
        """An option as an int or a float; None when it is not given."""
        return number(self.options, name, kind)

    def notify(self) -> str | None:
        """What the server is to report; None asks for nothing."""
        return notify(self.options)

    def flag(self, name: str) -> bool:
        """An option that is 1 or 0; without it, it is off."""
        text = self.options.get(name, "0")
        if text not in ("0", "1"):
            raise ConfigurationError(f"the option {name!r} is 1 or 0")
        return text == "1"

    def idempotency(self) -> tuple[str, str] | None:
        """The header by which the relay knows a message again, and for how long."""
        header = self.options.get("idempotency_header")
        time = self.options.get("idempotency_ttl")
        if (header is None) != (time is None):
            raise ConfigurationError(
                "the options idempotency_header and idempotency_ttl go together:"
                " ?idempotency_header=Resend-Idempotency-Key&idempotency_ttl=24h"
            )
        return None if header is None or time is None else (header, time)


def notify(options: Mapping[str, str]) -> str | None:
    """What the server is to report; "none" asks for nothing."""
    text = options.get("notify", NOTIFY)
    return None if text.lower() == "none" else text


def number(options: Mapping[str, str], name: str, kind: type[N]) -> N | None:
    """An option as an int or a float; None when it is not given."""
    text = options.get(name)
    if text is None:
        return None
    try:
        return kind(text)
    except ValueError:
        reason = f"the option {name!r} is a number"
    raise ConfigurationError(reason)


def read_url(
    url: str,
    schemes: Mapping[str, Security] = SCHEMES,
    known: Collection[str] = _OPTIONS,
    example: str = "smtp://mail.example.org:587",
) -> RelayUrl:
    """Raises `ConfigurationError`, which repeats nothing that could be secret."""
    from urllib.parse import unquote, urlsplit  # noqa: PLC0415 - only for URLs

    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        raise ConfigurationError(f"this is not a URL: {example}") from None
    if parts.scheme not in schemes or not host or parts.fragment:
        raise ConfigurationError(f"the URL of a relay is like {example}")
    if parts.path not in ("", "/"):
        raise ConfigurationError("the URL of a relay has no path after host and port")
    user = None if parts.username is None else unquote(parts.username)
    secret = parts.password is not None
    options = read_options(parts.query, known)
    return RelayUrl(schemes[parts.scheme], host, port, user, secret, options)


def read_options(query: str, known: Collection[str] = _OPTIONS) -> dict[str, str]:
    """What stands behind the question mark; each option at most once.

    Raises `ConfigurationError`.
    """
    from urllib.parse import parse_qsl  # noqa: PLC0415 - only for URLs

    options: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in known:
            names = ", ".join(known)
            raise ConfigurationError(f"no option is called {name!r}; known are {names}")
        if name in options or not value:
            raise ConfigurationError(f"the option {name!r} needs exactly one value")
        options[name] = value
    return options
