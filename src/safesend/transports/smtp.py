"""SMTP, by submission to a relay: the settings, and the sessions made with them."""

from __future__ import annotations

import functools
import inspect
import logging
import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Self

import attrs

from safesend.delivery import Stage
from safesend.errors import ConfigurationError, LocalProtocolError, TransportError
from safesend.message.custom_headers import check_idempotency_name
from safesend.message.envelope import Envelope
from safesend.net.connection import Connection
from safesend.net.dial import address_literal, dial
from safesend.net.tls import check_context
from safesend.policies.retry import duration
from safesend.redaction import Secret
from safesend.smtp import (
    ChunkingSession,
    Credentials,
    Opening,
    Security,
    SmtpSession,
    Timeouts,
    Trial,
    opening,
)
from safesend.smtp.dsn import NOTIFY
from safesend.smtp.seen import Login, ServerSeen
from safesend.transports.base import Limits, Session
from safesend.transports.probing import look, look_timeouts
from safesend.transports.smtp_line import (
    OwnContext,
    check_line,
    is_count,
    open_line,
    settled_notify,
    show_host,
)
from safesend.transports.smtp_url import SCHEMES, read_url

__all__ = ["SmtpTransport"]

_LOG = logging.getLogger("safesend")

Token = Callable[[], str | Awaitable[str]]

_PORTS = {Security.STARTTLS: 587, Security.IMPLICIT: 465, Security.PLAINTEXT: 25}
_NAMES = {security: scheme for scheme, security in SCHEMES.items()}
_MONTH = 31 * 86400.0
_DEEPEST = 64


def _security(value: str) -> Security:
    try:
        return Security(value)
    except ValueError:
        known = ", ".join(repr(str(name)) for name in Security)
    raise ConfigurationError(f"tls is one of {known}")


def _secret(value: str | Secret | None) -> Secret | None:
    return Secret(value) if isinstance(value, str) else value


def _idempotency(value: Any) -> tuple[str, float] | None:
    if value is None:
        return None
    match value:
        case (str(name), time) if 0 < (seconds := duration(time)) <= _MONTH:
            check_idempotency_name(name)
            return name, seconds
    raise ConfigurationError(
        "idempotency is a header, and for how long the relay remembers what stood in"
        " it: ('Resend-Idempotency-Key', '24h'), at most 31 days"
    )


@attrs.frozen
class SmtpTransport:
    """A relay that takes mail by SMTP.

    `port`: 587 for tls="starttls", 465 for "implicit", 25 for "insecure-plaintext".
    `token`: called at every connection, gives an OAuth token in place of a password.
    `timeout`: seconds, replaces RFC 5321's for every reply. `helo`: our name in EHLO;
    without it the address of our end of the line if that is public, else [127.0.0.1].
    `max_messages`: on one connection; 1000 is where Exim hangs up by default. None: no
    limit but the server's own (RFC 9422). `source_address`: the local IP to send from.
    `idempotency`: a header and a time, ("Resend-Idempotency-Key", "24h"), of a relay
    that takes a message with a value that it saw there before only once.
    `in_flight`: so many messages, 1 to 64, may be unanswered on one connection, and be
    in doubt when it is lost: for a relay of one's own that offers PIPELINING and
    CHUNKING, over a line with a long way. Without it there is one.
    `require_tls_path`: nothing is sent unless the server offers REQUIRETLS (RFC 8689),
    by which it passes letters on over verified TLS or not at all. Few servers do.
    `notify`: what a server with DSN (RFC 3461) is to report to the envelope sender:
    "never", some of "success,failure,delay", or None: that is left to the server.

    Unless tls says "insecure-plaintext", nothing of a message and no password is
    written before a TLS handshake with a verified certificate.
    """

    host: str
    port: int | None = None
    username: str | None = attrs.field(default=None, kw_only=True, repr=False)
    password: Secret | None = attrs.field(default=None, kw_only=True, converter=_secret)
    token: Token | None = attrs.field(default=None, kw_only=True, repr=False)
    tls: Security = attrs.field(
        default=Security.STARTTLS, kw_only=True, converter=_security
    )
    tls_context: ssl.SSLContext | None = attrs.field(
        default=None, kw_only=True, repr=False
    )
    timeout: float | None = attrs.field(default=None, kw_only=True)
    helo: str | None = attrs.field(default=None, kw_only=True)
    max_messages: int | None = attrs.field(default=1000, kw_only=True)
    source_address: str | None = attrs.field(default=None, kw_only=True)
    idempotency: tuple[str, float] | None = attrs.field(
        default=None, kw_only=True, converter=_idempotency
    )
    in_flight: int | None = attrs.field(default=None, kw_only=True)
    require_tls_path: bool = attrs.field(default=False, kw_only=True)
    notify: str | None = attrs.field(
        default=NOTIFY, kw_only=True, converter=settled_notify
    )
    _trial: Trial = attrs.field(init=False, factory=Trial, repr=False, eq=False)
    _own: OwnContext = attrs.field(init=False, factory=OwnContext, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        _check_line(self)
        _check_login(self)

    @classmethod
    def from_url(
        cls,
        url: str,
        *,
        password: str | Secret | None = None,
        token: Token | None = None,
        tls_context: ssl.SSLContext | None = None,
    ) -> Self:
        """`smtp://user@host:587` (STARTTLS), `smtps://`, `smtp+insecure-plaintext://`.

        Options: `?timeout=30&helo=mail.example.org&max_messages=100&source_address=`,
        `&idempotency_header=Resend-Idempotency-Key&idempotency_ttl=24h&in_flight=4`,
        `&require_tls_path=1&notify=never`.
        Raises `ConfigurationError`, which repeats nothing that could be secret.
        """
        read = read_url(url)
        if read.holds_password:
            raise ConfigurationError(
                "a URL cannot hold a password, as URLs are shown and logged: give it"
                " apart (password=..., or by environment variable, file or prompt)"
            )
        most = read.number("max_messages", int)
        return cls(
            read.host,
            read.port,
            username=read.username,
            password=password,
            token=token,
            tls=read.security,
            tls_context=tls_context,
            timeout=read.number("timeout", float),
            helo=read.options.get("helo"),
            max_messages=1000 if most is None else most,
            source_address=read.options.get("source_address"),
            idempotency=read.idempotency(),
            in_flight=read.number("in_flight", int),
            require_tls_path=read.flag("require_tls_path"),
            notify=read.notify(),
        )

    @functools.cached_property
    def name(self) -> str:
        """Where it leads; no user name, no password."""
        return f"{_NAMES[self.tls]}://{show_host(self.host)}:{self._port}"

    def route(self, envelope: Envelope) -> str:  # noqa: ARG002 - all mail goes one way
        """One relay, one queue."""
        return self.name

    def limits(self) -> Limits | None:
        """Only what was said of it: a relay says what it allows only by refusing."""
        known = self.idempotency
        return None if known is None else Limits(idempotency=known)

    async def connect(self, route: str) -> Session:  # noqa: ARG002 - there is one
        """An open, secured session, logged in.

        Raises `TransportError`; it is permanent for a login or certificate that is
        refused, STARTTLS that is not offered, and other 5xx answers.
        """
        timeouts = Timeouts.of(self.timeout)
        line = await dial(self.host, self._port, timeouts, self.source_address)
        return await open_line(self.name, line, lambda one: self._open(one, timeouts))

    async def probe(self) -> Sequence[ServerSeen]:
        """What is seen of the relay up to the login, with the real password."""
        timeouts = look_timeouts(self.timeout)
        known = ServerSeen(
            name=self.name,
            host=self.host,
            port=self._port,
            security=self.tls,
            login=Login.NONE if self.username is None else Login.UNTRIED,
        )
        seen = await look(
            known,
            lambda: dial(self.host, self._port, timeouts, self.source_address),
            lambda line: self._open(line, timeouts),
        )
        return (seen,)

    @property
    def _port(self) -> int:
        return _PORTS[self.tls] if self.port is None else self.port

    async def _open(self, connection: Connection, timeouts: Timeouts) -> SmtpSession:
        if self.tls is not Security.PLAINTEXT:
            connection.trust(self.tls_context or self._own.get(), self.host)
        settings = Opening(
            self.helo or address_literal(connection.local_host),
            self.tls,
            await self._credentials(),
            timeouts,
            tls_path=self.require_tls_path,
        )
        offered = await connection.run(opening(settings))
        if self.in_flight is None:
            return SmtpSession(
                offered,
                timeouts=timeouts,
                max_messages=self.max_messages,
                notify=self.notify,
            )
        if not (offered.pipelining and offered.chunking):
            self._trial.passed = False
        self._tell()
        return ChunkingSession(
            offered,
            in_flight=self.in_flight,
            trial=self._trial,
            timeouts=timeouts,
            max_messages=self.max_messages,
            notify=self.notify,
        )

    def _tell(self) -> None:
        if self._trial.passed is False and not self._trial.told:
            self._trial.told = True
            _LOG.warning(
                "%s does not offer CHUNKING and PIPELINING, or does not take BDAT in a"
                " group: in_flight=%d has no effect",
                *(self.name, self.in_flight),
            )

    async def _credentials(self) -> Credentials | None:
        if self.username is None:
            return None
        token = None if self.token is None else await _asked(self.token)
        try:
            return Credentials(
                self.username, self.password, token, self.host, self._port
            )
        except LocalProtocolError as error:
            reason = str(error)
        raise TransportError(reason, stage=Stage.AUTH, permanent=True)


async def _asked(token: Token) -> Secret:
    try:
        given = token()
        return Secret(await given if inspect.isawaitable(given) else given)
    except Exception as error:  # noqa: BLE001 - code of the caller's, any error
        # Its kind only: what it says may hold the token.
        reason = f"the token could not be had ({type(error).__name__})"
        raise TransportError(reason, stage=Stage.AUTH) from None


def _check_line(transport: SmtpTransport) -> None:
    own = transport
    check_line(own.host, own.port, own.timeout, own.helo, own.max_messages)
    if not is_count(own.in_flight, _DEEPEST):
        raise ConfigurationError(f"in_flight is from 1 to {_DEEPEST}, or None")


def _check_login(transport: SmtpTransport) -> None:
    secrets = [one for one in (transport.password, transport.token) if one is not None]
    plaintext = transport.tls is Security.PLAINTEXT
    if plaintext and (secrets or transport.username is not None):
        raise ConfigurationError(
            "no user name or password is sent in plain text: use tls='starttls' or"
            " 'implicit' (smtp:// or smtps://), or no login"
        )
    if plaintext and transport.require_tls_path:
        raise ConfigurationError("require_tls_path needs TLS to begin with")
    if len(secrets) > 1:
        raise ConfigurationError("give a password or a token, not both")
    if bool(secrets) != (transport.username is not None):
        raise ConfigurationError("a login needs a user name and a password or token")
    if transport.tls_context is not None:
        if plaintext:
            raise ConfigurationError("a tls_context is of no use in plain text")
        check_context(transport.tls_context)
