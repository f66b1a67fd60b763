"""What carriers share that speak SMTP or LMTP: checked settings, lines well opened."""

from __future__ import annotations

import math
import ssl
from collections.abc import Awaitable, Callable

import attrs

from safesend.errors import ConfigurationError, LocalProtocolError, TransportError
from safesend.net.connection import Connection
from safesend.net.tls import client_context
from safesend.smtp import SmtpSession
from safesend.smtp.command import check_name
from safesend.smtp.dsn import read_notify
from safesend.transports.smtp_session import OpenSmtp

__all__ = [
    "OwnContext",
    "check_line",
    "is_count",
    "open_line",
    "settled_notify",
    "show_host",
]

_DAY = 86400.0


@attrs.define
class OwnContext:
    """A TLS context that trusts the system's authorities.

    Made once: reading them takes tens of milliseconds.
    """

    _made: ssl.SSLContext | None = None

    def get(self) -> ssl.SSLContext:
        """The same one every time."""
        if self._made is None:
            self._made = client_context()
        return self._made


async def open_line(
    name: str,
    connection: Connection,
    begin: Callable[[Connection], Awaitable[SmtpSession]],
) -> OpenSmtp:
    """A session on a fresh line, which is let go of if it cannot be begun.

    Raises `TransportError`, with the name of the carrier in front.
    """
    try:
        smtp = await begin(connection)
    except TransportError as error:
        await connection.close()
        raise _named(name, error) from None
    except BaseException:
        connection.abort("connecting was broken off")
        raise
    return OpenSmtp(connection, smtp)


def _named(name: str, error: TransportError) -> TransportError:
    return TransportError(
        f"{name}: {error}",
        stage=error.stage,
        code=error.code,
        enhanced=error.enhanced,
        permanent=error.permanent,
    )


def settled_notify(value: object) -> str | None:
    """What a server is to report. Raises `ConfigurationError`."""
    try:
        return read_notify(value)
    except LocalProtocolError as error:
        reason = str(error)
    raise ConfigurationError(reason)


def show_host(host: str) -> str:
    """The host as it stands in a URL."""
    return f"[{host}]" if ":" in host else host


def check_line(
    host: str,
    port: int | None,
    timeout: float | None,
    helo: str | None,
    max_messages: int | None,
) -> None:
    """Raises `ConfigurationError` for a setting of a line that cannot be."""
    if not host or not host.isprintable() or set(host) & set(" /@[]<>\"'\\"):
        raise ConfigurationError(
            "the host is a name or an IP address, without brackets"
        )
    if port is not None and not 0 < port < 65536:  # noqa: PLR2004
        raise ConfigurationError("the port is a number from 1 to 65535")
    if timeout is not None and not 0 < timeout <= _DAY:
        raise ConfigurationError(
            "the timeout is a number of seconds, above 0 and at most a day"
        )
    if not is_count(max_messages):
        raise ConfigurationError("max_messages is at least 1, or None")
    if helo is not None:
        try:
            check_name(helo)
        except LocalProtocolError as error:
            raise ConfigurationError(f"helo: {error}") from None


def is_count(value: object, most: float = math.inf) -> bool:
    """Whether it is None or a whole number from 1 on."""
    return value is None or (isinstance(value, int) and 1 <= value <= most)
