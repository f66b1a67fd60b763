"""The classes of the standard module, with one private message for each recipient."""

from __future__ import annotations

import contextlib
import functools
import inspect
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from email.message import Message
from typing import Any, TypeVar

from safesend.checks.allowance import Allow
from safesend.errors import LocalProtocolError, UnsafeMessage
from safesend.message.address import Address
from safesend.message.ready import with_crlf
from safesend.smtp.content import Stuffer
from safesend.smtp.reply import Reply
from safesend.smtplib import extraction
from safesend.smtplib.bulk import BulkSending
from safesend.smtplib.driver import SURPLUS, ReplyFile, said_too_much, short_reply
from safesend.smtplib.exceptions import SMTPInDoubt, SMTPUnsafeMessage
from safesend.smtplib.fates import Fates
from safesend.smtplib.privacy import Discretion, People, people_of
from safesend.smtplib.security import (
    context_of,
    early_octets,
    is_here,
    keeps_secret,
)
from safesend.smtplib.transactions import Call, Lines

__all__ = ["LMTP", "SMTP", "SMTP_SSL"]

Refusals = dict[str, tuple[int, bytes]]

_GO_AHEAD = 354
_LONGEST_LINE = 8193
_SOCKETS = (socket.socket, ssl.SSLSocket)

Method = TypeVar("Method", bound=Callable[..., Any])


def _as_standard(standard: Callable[..., Any]) -> Callable[[Method], Method]:
    """Shows the signature that the method has in this version of Python."""

    def shown(method: Method) -> Method:
        method.__signature__ = inspect.signature(standard)  # type: ignore[attr-defined]
        return method

    return shown


class SMTP(BulkSending, smtplib.SMTP):
    """The standard class; `sendmail` and `send_message` write one message a person.

    What its private attributes hold, for whoever goes on with this line:
    `_connected_to` (host, port) of the last connection, `_security` ("plain",
    "starttls" or "implicit"), `_tls_context` (None without TLS), and `_login`, the user
    and password that the server of this connection took.
    """

    max_disclosed = 10
    """How many people `disclose=True` may show to each other."""
    allow_plaintext_login = False
    """Whether a password may leave for another machine without TLS."""
    public: Collection[str | Address] = ()
    """Addresses and phrases that may stand in every message, such as your own."""
    allow: Collection[Allow | str] = ()
    """Checks that are passed over, each for a reason."""

    _connected_to: tuple[str, int] | None = None
    _security = "plain"
    _tls_context: ssl.SSLContext | None = None
    _login: tuple[str, str] | None = None
    _besides: Collection[str] = ()

    def _get_socket(self, host: str, port: int, timeout: Any) -> Any:
        # A certificate is checked against the host that is really called, which
        # `SMTP("host:587")` and a later `connect("host")` do not leave in `_host`.
        self._host = host
        self._begin(host, port)
        sock = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        # Else the last octets of a long message wait for the answer to the others.
        with contextlib.suppress(OSError, AttributeError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def _begin(self, host: str, port: int) -> None:
        """A new line: nothing that was known of the last one holds."""
        self._connected_to = host, port
        self._security, self._tls_context = "plain", None
        self._login = None
        self.helo_resp = self.ehlo_resp = None
        self.esmtp_features = {}
        self.does_esmtp = False
        self._lines = Lines()

    @functools.cached_property
    def _lines(self) -> Lines:
        return Lines()

    @property
    def _turn(self) -> threading.RLock:
        """What one thread of several holds: else one's people get another's message."""
        # setdefault, of which there is one at a time: two locks would be none.
        own = vars(self)
        lock: threading.RLock | None = own.get("_safesend_turn")
        return lock or own.setdefault("_safesend_turn", threading.RLock())

    @functools.cached_property
    def _discretion(self) -> Discretion:
        return Discretion()

    def getreply(self) -> tuple[int, bytes]:
        """As in the standard class; the usual replies are read in fewer steps."""
        sock: Any = self.sock
        if self.file is None and type(sock) in _SOCKETS:
            self.file = ReplyFile(sock)
        file: Any = self.file
        if self.debuglevel > 0 or type(file) is not ReplyFile:
            return super().getreply()
        try:
            line = file.readline(_LONGEST_LINE)
        except OSError as error:
            raise self._ended(error) from error
        known = short_reply(line)
        if known is None:
            file.pending = line + file.pending
            return super().getreply()
        return known

    def _getreplies(self, count: int) -> Sequence[Reply]:
        """So many replies at once; none where each is to be asked for."""
        file: Any = self.file
        if (
            type(file) is not ReplyFile
            or type(self).getreply is not _GETREPLY
            or "getreply" in vars(self)
            or self.debuglevel > 0
        ):
            return ()
        try:
            return file.group(count)
        except OSError as error:
            raise self._ended(error) from error

    def _ended(self, error: OSError) -> smtplib.SMTPServerDisconnected:
        self.close()
        reason = f"Connection unexpectedly closed: {error}"
        return smtplib.SMTPServerDisconnected(reason)

    @_as_standard(smtplib.SMTP.starttls)
    def starttls(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """As in the standard class, with a context that checks the certificate."""
        given = inspect.signature(smtplib.SMTP.starttls).bind(self, *args, **kwargs)
        context = context_of(given.arguments)
        self.ehlo_or_helo_if_needed()
        if not self.has_extn("starttls"):
            raise smtplib.SMTPNotSupportedError(
                "STARTTLS extension not supported by server."
            )
        code, reply = self.docmd("STARTTLS")
        if code != 220:  # noqa: PLR2004
            raise smtplib.SMTPResponseException(code, reply)
        self._handshake(context)
        return code, reply

    def _handshake(self, context: ssl.SSLContext) -> None:
        assert self.sock is not None
        # RFC 3207 section 4: after the 220 comes the handshake. Bytes that do were put
        # there by someone on the line (GHSA-vxj7-4xrp-5vr4).
        if early_octets(self.sock, self.file):
            self.close()
            raise smtplib.SMTPException(
                "something was said in clear between STARTTLS and the handshake: this"
                " line is not to be trusted, and was closed"
            )
        try:
            self.sock = context.wrap_socket(self.sock, server_hostname=self._host)
        except BaseException:
            self.close()
            raise
        self.file = None
        # RFC 3207 section 4.2: what was said in clear is forgotten.
        self.helo_resp = self.ehlo_resp = None
        self.esmtp_features = {}
        self.does_esmtp = False
        self._security, self._tls_context = "starttls", context

    def auth(self, mechanism: str, authobject: Any, **options: Any) -> Any:
        """As in the standard class; no password leaves for elsewhere without TLS."""
        if not (
            self.allow_plaintext_login
            or keeps_secret(mechanism)
            or self.sock is None
            or isinstance(self.sock, ssl.SSLSocket)
            or is_here(self.sock)
        ):
            raise smtplib.SMTPNotSupportedError(
                "the password was not sent: the line to the server is not encrypted."
                " Call starttls() first, or use SMTP_SSL; where that cannot be,"
                " set allow_plaintext_login = True on this object"
            )
        reply = super().auth(mechanism, authobject, **options)
        known = vars(self)
        if "user" in known:
            self._login = known["user"], known.get("password", "")
        return reply

    def data(self, msg: Any) -> tuple[int, bytes]:
        """As in the standard class; line ends of bytes are mended as well.

        Raises `SMTPInDoubt` when the line ends, or cannot be read, after the message.
        """
        code, reply = self.docmd("data")
        if self.debuglevel > 0:
            self._print_debug("data:", (code, reply))  # type: ignore[attr-defined]
        if code != _GO_AHEAD:
            if code < 400:  # noqa: PLR2004  the answer to something else (L26)
                self.close()
                raise smtplib.SMTPServerDisconnected(SURPLUS)
            raise smtplib.SMTPDataError(code, reply)
        try:
            content = Stuffer().content((_octets(msg),))
        except LocalProtocolError as error:
            raise ValueError(str(error)) from None
        if said_too_much(self):
            self.close()
            raise smtplib.SMTPServerDisconnected(SURPLUS)
        self.send(b"".join(content.pieces))
        try:
            code, reply = self.getreply()
        except (smtplib.SMTPServerDisconnected, smtplib.SMTPResponseException) as lost:
            raise SMTPInDoubt(str(lost)) from lost
        if not (200 <= code < 300 or 400 <= code < 600):  # noqa: PLR2004
            self.close()
            raise SMTPInDoubt("the server's answer to the message is no reply")
        if self.debuglevel > 0:
            self._print_debug("data:", (code, reply))  # type: ignore[attr-defined]
        return code, reply

    def sendmail(
        self,
        from_addr: str,
        to_addrs: str | Sequence[str],
        msg: Any,
        mail_options: Sequence[str] = (),
        rcpt_options: Sequence[str] = (),
        *,
        disclose: bool = False,
    ) -> Refusals:
        """One private message for each recipient, in a transaction of its own.

        To names that one person; Cc, Bcc, Resent-* and their like are gone. Returns who
        was refused, as the standard class does. An exception says that nobody has the
        message; `SMTPInDoubt`, that it may have been delivered. Who comes after a line
        that broke stands in the dictionary with 421, who is in doubt with -1.

        Raises `SMTPUnsafeMessage`, before anything is sent, when the message would show
        one recipient to another. With `disclose` To and Cc stay, for `max_disclosed`
        people at most.
        """
        with self._turn:
            self.ehlo_or_helo_if_needed()
            octets = _octets(msg)
            people = people_of(to_addrs)
            options = tuple(mail_options)
            _check(from_addr, people, options, esmtp=self.does_esmtp)
            copies = self._copies(octets, people, disclose=disclose)
            fates = Fates(from_addr, people.unreadable)
            if copies:
                call = Call(
                    from_addr, copies, people.mailboxes, options, tuple(rcpt_options)
                )
                self._lines.transact(self, call, fates)
            return fates.settled(people.given)

    def _copies(
        self, octets: bytes, people: People, *, disclose: bool
    ) -> dict[str, tuple[bytes, ...]]:
        """All of them are made before the first one leaves."""
        to = people.mailboxes
        self._discretion.told(self.public, self.allow)
        if disclose:
            limit = self.max_disclosed
            copy = self._discretion.disclosed(octets, to, self._besides, limit)
        else:
            copy = self._discretion.private(octets, to, self._besides)
        try:
            return {mailbox: copy(mailbox) for mailbox in to}
        except UnsafeMessage as unsafe:
            leaks = unsafe.leaks
        raise SMTPUnsafeMessage(leaks)

    def send_message(
        self,
        msg: Message[Any, Any],
        from_addr: str | None = None,
        to_addrs: str | Sequence[str] | None = None,
        mail_options: Sequence[str] = (),
        rcpt_options: Sequence[str] = (),
        *,
        disclose: bool = False,
    ) -> Refusals:
        """`sendmail` for a message object, whose fields say from whom and to whom.

        Raises ValueError when they cannot be read in exactly one way, when To, Cc or
        Bcc stands there twice, and for a header that holds a line end.
        """
        with self._turn:
            self.ehlo_or_helo_if_needed()
        prefix = extraction.block_prefix(msg)
        extraction.check_headers(msg)
        if from_addr is None:
            from_addr = extraction.sender_of(msg, prefix)
        if to_addrs is None:
            to_addrs = extraction.recipients_of(msg, prefix)
        elif not isinstance(to_addrs, str):
            to_addrs = list(to_addrs)
        international = not "".join([from_addr, *to_addrs]).isascii()
        if international and not self.has_extn("smtputf8"):
            raise smtplib.SMTPNotSupportedError(
                "One or more source or delivery addresses require internationalized"
                " email support, but the server does not advertise the required"
                " SMTPUTF8 capability"
            )
        if international:
            mail_options = (*mail_options, "SMTPUTF8", "BODY=8BITMIME")
        octets = extraction.octets_of(msg, international=international)
        # Only said when it is asked for: a subclass may have the standard signature.
        asked = {"disclose": True} if disclose else {}
        with self._turn:
            self._besides = extraction.named_in(msg)
            try:
                return self.sendmail(
                    from_addr, to_addrs, octets, mail_options, rcpt_options, **asked
                )
            finally:
                self._besides = ()


_GETREPLY = SMTP.getreply


class SMTP_SSL(SMTP, smtplib.SMTP_SSL):  # noqa: N801  the standard name
    """The standard class, with a context that checks the certificate by default."""

    @_as_standard(smtplib.SMTP_SSL.__init__)
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        signature = inspect.signature(smtplib.SMTP_SSL.__init__)
        given = dict(signature.bind(self, *args, **kwargs).arguments)
        given.pop("self")
        given["context"] = context_of(given)
        files = {k: given.pop(k, None) for k in ("keyfile", "certfile")}
        super().__init__(**given)
        if "keyfile" in signature.parameters:  # before Python 3.12
            vars(self).update(files)

    def _get_socket(self, host: str, port: int, timeout: Any) -> Any:
        sock = super()._get_socket(host, port, timeout)
        self._security, self._tls_context = "implicit", self.context
        return sock


class LMTP(SMTP, smtplib.LMTP):
    """The standard class, with one private message for each recipient."""

    def connect(
        self, host: str = "localhost", port: int = 0, source_address: Any = None
    ) -> tuple[int, bytes]:
        """As in the standard class."""
        self._begin(host, port)
        return super().connect(host, port, source_address)


def _octets(msg: Any) -> bytes:
    """CRLF line ends; a text must be ASCII, as in the standard module."""
    return with_crlf(msg.encode("ascii") if isinstance(msg, str) else bytes(msg))


def _check(sender: str, people: People, options: Iterable[str], *, esmtp: bool) -> None:
    """Raises before anybody has the message what would be raised after some have it."""
    if sender and ("\r" in sender or "\n" in sender or "\0" in sender):
        raise ValueError("from_addr contains prohibited newline characters")
    utf8 = esmtp and any(option.lower() == "smtputf8" for option in options)
    for mailbox in people.mailboxes:
        mailbox.encode("utf-8" if utf8 else "ascii")
