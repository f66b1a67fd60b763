"""LMTP, into the mailboxes of one machine: the settings, and the sessions made so."""

from __future__ import annotations

import functools
import ipaddress
import os
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import attrs

from safesend.delivery import Stage
from safesend.errors import ConfigurationError, TransportError
from safesend.message.envelope import Envelope
from safesend.net.connection import Connection
from safesend.net.dial import address_literal, dial, dial_unix
from safesend.net.tls import check_context
from safesend.redaction import Secret
from safesend.smtp import LmtpSession, Opening, Security, Timeouts, opening
from safesend.smtp.dsn import NOTIFY
from safesend.smtp.seen import ServerSeen, Speech
from safesend.transports.base import Limits, Session
from safesend.transports.probing import look, look_timeouts
from safesend.transports.smtp_line import (
    OwnContext,
    check_line,
    open_line,
    settled_notify,
    show_host,
)
from safesend.transports.smtp_url import notify, number, read_options, read_url

__all__ = ["LmtpTransport"]

_PORT = 24
_SCHEMES = {
    "lmtp": Security.STARTTLS,
    "lmtp+insecure-plaintext": Security.PLAINTEXT,
}
_OPTIONS = ("helo", "max_messages", "notify", "timeout")
_EXAMPLE = "lmtp://host:24, or lmtp+unix:///run/dovecot/lmtp"
_UNIX = "lmtp+unix:"
_LONGEST = 107  # what a sockaddr_un holds, on Linux; elsewhere it is less


def _socket(path: str | os.PathLike[str] | None) -> Path | None:
    return None if path is None else Path(path).absolute()


def _security(value: str | None) -> Security | None:
    if value is None or value in (Security.STARTTLS, Security.PLAINTEXT):
        return None if value is None else Security(value)
    raise ConfigurationError("tls is 'starttls' or 'insecure-plaintext'")


@attrs.frozen
class LmtpTransport:
    """A server that puts mail into the mailboxes of its own machine (RFC 2033).

    `path`: its Unix socket, in place of `host` and `port`. There is no queue behind it:
    who is accepted has the message, and who is refused is refused at once.
    `tls`: without it none is asked for over a Unix socket and to "localhost" or a
    loopback address, and to any other host STARTTLS, with a verified certificate.
    There is no login: such a server knows us by where we come from.
    `timeout`: seconds, replaces RFC 5321's for every reply. `helo`: our name in LHLO.
    `max_messages`: on one connection; None: no limit but the server's own. `notify`:
    what a server with DSN is to report, as `SmtpTransport` has it.
    """

    host: str | None = None
    port: int | None = None
    path: Path | None = attrs.field(default=None, kw_only=True, converter=_socket)
    tls: Security | None = attrs.field(default=None, kw_only=True, converter=_security)
    tls_context: ssl.SSLContext | None = attrs.field(
        default=None, kw_only=True, repr=False
    )
    timeout: float | None = attrs.field(default=None, kw_only=True)
    helo: str | None = attrs.field(default=None, kw_only=True)
    max_messages: int | None = attrs.field(default=1000, kw_only=True)
    notify: str | None = attrs.field(
        default=NOTIFY, kw_only=True, converter=settled_notify
    )
    _own: OwnContext = attrs.field(init=False, factory=OwnContext, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        if (self.host is None) == (self.path is None):
            raise ConfigurationError("give a host, or the path of a Unix socket")
        host = "localhost" if self.host is None else self.host
        check_line(host, self.port, self.timeout, self.helo, self.max_messages)
        if self.path is not None:
            _check_socket(self.path, self.port, self.tls)
        if self.tls_context is not None:
            if self._security is Security.PLAINTEXT:
                raise ConfigurationError("a tls_context is of no use in plain text")
            check_context(self.tls_context)

    @classmethod
    def from_url(
        cls,
        url: str,
        *,
        password: str | Secret | None = None,
        tls_context: ssl.SSLContext | None = None,
    ) -> Self:
        """`lmtp://host:24`, `lmtp+unix:///run/dovecot/lmtp`, or in plain text.

        That is `lmtp+insecure-plaintext://host`, for a network that is yours alone.
        Options: `?timeout=30&helo=mail.example.org&max_messages=100&notify=never`.
        Raises `ConfigurationError`, which repeats nothing that could be secret.
        """
        named = password is not None
        where: dict[str, Any]
        if url.startswith(_UNIX):
            path, options = _read_unix(url.removeprefix(_UNIX))
            where = {"path": path}
        else:
            read = read_url(url, _SCHEMES, _OPTIONS, _EXAMPLE)
            options = read.options
            named = named or read.username is not None or read.holds_password
            # What "lmtp:" asks for depends on the host.
            tls = read.security if read.security is Security.PLAINTEXT else None
            where = {"host": read.host, "port": read.port, "tls": tls}
        if named:
            raise ConfigurationError("LMTP has no login: no user name or password")
        most = number(options, "max_messages", int)
        return cls(
            **where,
            tls_context=tls_context,
            timeout=number(options, "timeout", float),
            helo=options.get("helo"),
            max_messages=1000 if most is None else most,
            notify=notify(options),
        )

    @functools.cached_property
    def name(self) -> str:
        """Where it leads."""
        if self.host is None:
            return f"lmtp+unix://{self.path}"
        scheme = "lmtp"
        if self.tls is Security.PLAINTEXT and not _is_here(self.host):
            scheme = "lmtp+insecure-plaintext"
        port = _PORT if self.port is None else self.port
        return f"{scheme}://{show_host(self.host)}:{port}"

    def route(self, envelope: Envelope) -> str:  # noqa: ARG002 - all mail goes one way
        """One server, one queue."""
        return self.name

    def limits(self) -> Limits | None:
        """None that it would tell."""
        return None

    async def connect(self, route: str) -> Session:  # noqa: ARG002 - there is one
        """An open session, secured where it leaves this machine.

        Raises `TransportError`; it is permanent for a socket that may not be used, a
        certificate that is refused, STARTTLS or LHLO that is not known.
        """
        timeouts = Timeouts.of(self.timeout)
        line = await self._dial(timeouts)
        return await open_line(self.name, line, lambda one: self._open(one, timeouts))

    async def probe(self) -> Sequence[ServerSeen]:
        """What is seen of the server up to the first message."""
        timeouts = look_timeouts(self.timeout)
        known = ServerSeen(
            name=self.name,
            host=str(self.path) if self.host is None else self.host,
            port=0 if self.host is None else self.port or _PORT,
            speech=Speech.LMTP,
            security=self._security,
        )
        seen = await look(
            known,
            lambda: self._dial(timeouts),
            lambda line: self._open(line, timeouts),
        )
        return (seen,)

    async def _dial(self, timeouts: Timeouts) -> Connection:
        if self.path is not None:
            return await dial_unix(self.path, timeouts)
        assert self.host is not None
        return await dial(self.host, self.port or _PORT, timeouts)

    @property
    def _security(self) -> Security:
        if self.tls is not None:
            return self.tls
        here = self.host is None or _is_here(self.host)
        return Security.PLAINTEXT if here else Security.STARTTLS

    async def _open(self, line: Connection, timeouts: Timeouts) -> LmtpSession:
        if self._security is Security.STARTTLS:
            assert self.host is not None
            line.trust(self.tls_context or self._own.get(), self.host)
        elif self.tls is None and line.peer_host and not _is_here(line.peer_host):
            raise TransportError(
                "this name leads to another machine, and no TLS was asked for: nothing"
                " was sent",
                stage=Stage.CONNECT,
                permanent=True,
            )
        helo = self.helo or address_literal(line.local_host)
        settings = Opening(helo, self._security, None, timeouts, lmtp=True)
        offered = await line.run(opening(settings))
        return LmtpSession(
            offered,
            timeouts=timeouts,
            max_messages=self.max_messages,
            notify=self.notify,
        )


def _is_here(host: str) -> bool:
    """Whether what is said to this host does not leave the machine."""
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        # RFC 6761 section 6.3; where it leads is looked at when the line stands.
        return host.lower().rstrip(".") == "localhost"


def _check_socket(path: Path, port: int | None, tls: Security | None) -> None:
    if port is not None:
        raise ConfigurationError("a Unix socket has no port")
    if tls is Security.STARTTLS:
        raise ConfigurationError("over a Unix socket no TLS is needed, nor spoken")
    if not 0 < len(os.fsencode(path)) <= _LONGEST or not str(path).isprintable():
        raise ConfigurationError(
            f"the path of a Unix socket has at most {_LONGEST} octets, all printable"
        )


def _read_unix(rest: str) -> tuple[str, dict[str, str]]:
    from urllib.parse import unquote  # noqa: PLC0415 - only for URLs

    where, _, query = rest.partition("?")
    path = unquote(where.removeprefix("//"))
    if not path.startswith("/") or "#" in rest or "\0" in path:
        raise ConfigurationError(f"the URL of an LMTP server is like {_EXAMPLE}")
    return path, read_options(query, _OPTIONS)
