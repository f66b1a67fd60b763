"""A mailbox over IMAP: look for mails, read how they begin, mark them, move them.

RFC 9051 and, as that is what most servers speak, RFC 3501; the conversation itself is
that of the standard library. The certificate is always verified, and a password is not
said in clear but to this machine itself.
"""

from __future__ import annotations

import contextlib
import imaplib
import ipaddress
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from io import BufferedReader
from typing import Any, TypeVar

import attrs

from safesend.delivery import Stage
from safesend.errors import ConfigurationError, TransportError
from safesend.net.imap_names import is_said_at_all, mailbox_name, quoted, uid_sets
from safesend.net.tls import client_context, handshake_failed
from safesend.redaction import Secret, mask_text

__all__ = ["ImapMailbox", "ImapPlace"]

T = TypeVar("T")

_WINDOW = 10_000
"""Mails looked through by one search: the answer is one line, which has a limit."""

_AT_ONCE = 10
"""Mails fetched by one command."""

_SET = 500
"""Mails marked or moved by one command; a line of ours has 8,192 octets at most."""

_NUMBER = re.compile(rb"[0-9]{1,10}")
_UID = re.compile(rb"\bUID ([0-9]{1,10})\b")
_CODE = re.compile(rb"\[([A-Z][A-Z0-9-]*)")
_TEMPORARY = frozenset({b"UNAVAILABLE", b"INUSE", b"SERVERBUG", b"LIMIT"})
"""RFC 5530: the same may succeed later."""

_SPARE = 1 << 16
"""Octets of an answer, or of a mail in it, besides what was asked for."""

_SHOWN = 300
"""Characters of what a server says."""


@attrs.frozen
class ImapPlace:
    """Where a mailbox is; `implicit`: TLS from the first byte (imaps)."""

    host: str
    port: int
    user: str = attrs.field(repr=False)
    mailbox: str = "INBOX"
    implicit: bool = True

    @property
    def name(self) -> str:
        """Without the user, who may be an address."""
        return f"{self.host}:{self.port}/{self.mailbox}"


@attrs.define
class ImapMailbox:
    """An opened mailbox; what it does raises `TransportError`.

    `number` is how many mails there are.
    """

    place: ImapPlace
    number: int
    longest: int
    _line: _Plain = attrs.field(repr=False)

    @classmethod
    def open(
        cls,
        place: ImapPlace,
        password: Secret,
        *,
        changing: bool,
        longest: int,
        patience: float = 60.0,
        context: ssl.SSLContext | None = None,
    ) -> ImapMailbox:
        """Connect, log in, and open it; not `changing`: it cannot be changed.

        Raises `ConfigurationError` as well.
        """
        mailbox = quoted(mailbox_name(place.mailbox))
        context = context or client_context()
        with contextlib.ExitStack() as stack:
            with _told(place):
                line = _connected(place, patience, context)
            stack.callback(_hang_up, line)
            with _told(place, Stage.STARTTLS):
                _secure(place, line, context)
            with _told(place, Stage.AUTH):
                _log_in(place, line, password)
                _ask_again(line)
            with _told(place):
                kind, answer = line.select(mailbox, readonly=not changing)
                if kind != "OK":
                    raise _refused(place, "the mailbox cannot be opened", answer)
                number = sum(_numbers(answer[:1]))
            stack.pop_all()
        return cls(place, number, longest, line)

    def uids(self, *, unseen: bool) -> list[int]:
        """The mails that are not deleted; `unseen`: only those not marked as read."""
        wanted = "UNDELETED UNSEEN" if unseen else "UNDELETED"
        found: list[int] = []
        for first in range(1, self.number + 1, _WINDOW):
            last = min(first + _WINDOW - 1, self.number)
            answer = self._uid("SEARCH", f"{first}:{last} {wanted}")
            with _told(self.place):
                found += _numbers(answer)
        return found

    def mails(self, uids: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """How these mails begin; nothing is marked. One that is gone is left out.

        So is one that was not asked for, or is given once more.
        """
        wanted = {*uids}
        for some in uid_sets(uids, _AT_ONCE):
            answer = self._uid("FETCH", some, f"(UID BODY.PEEK[]<0.{self.longest}>)")
            for uid, octets in _bodies(answer):
                if uid in wanted:
                    wanted.remove(uid)
                    yield uid, octets

    def mark(self, uids: Sequence[int], *, read: bool = True) -> None:
        """Mark these as read, or as unread."""
        for some in uid_sets(uids, _SET):
            self._uid("STORE", some, f"{'+' if read else '-'}FLAGS.SILENT", r"(\Seen)")

    def move(self, uids: Sequence[int], folder: str) -> None:
        """Move these into another mailbox of this account, made if it is not there.

        A server without MOVE (RFC 6851) copies and deletes; one without UIDPLUS (RFC
        4315) as well only marks them as deleted: without it others' would go as well.
        """
        goal = quoted(mailbox_name(folder))
        has = self._line.capabilities
        verb = "MOVE" if "MOVE" in has else "COPY"
        for some in uid_sets(uids, _SET):
            self._transfer(verb, some, goal)
            if verb == "COPY":
                self._uid("STORE", some, "+FLAGS.SILENT", r"(\Deleted)")
                if "UIDPLUS" in has:
                    self._uid("EXPUNGE", some)

    def _transfer(self, verb: str, some: str, goal: str) -> None:
        kind, answer = self._say(lambda: self._line.uid(verb, some, goal))
        if kind != "OK" and _code(_text(answer)) == b"TRYCREATE":
            self._say(lambda: self._line.create(goal))
            kind, answer = self._say(lambda: self._line.uid(verb, some, goal))
        if kind != "OK":
            raise _refused(self.place, "mails cannot be moved there", answer)

    def close(self) -> None:
        """Say goodbye, as far as anybody listens."""
        with contextlib.suppress(OSError, *_NO_IMAP):
            self._line.logout()
        _hang_up(self._line)

    def _uid(self, verb: str, *words: str) -> list[Any]:
        kind, answer = self._say(lambda: self._line.uid(verb, *words))
        if kind != "OK":
            raise _refused(self.place, f"{verb} failed", answer)
        return answer

    def _say(self, ask: Callable[[], T]) -> T:
        self._line.left = _AT_ONCE * (self.longest + _SPARE)
        with _told(self.place):
            return ask()


class _Plain(imaplib.IMAP4):
    """A line over which nobody can send much more than was asked for.

    `left` are the octets that may come yet: at first all until a mailbox is open.

    What was said in clear together with the answer to STARTTLS is forgotten with the
    socket (as CVE-2020-14954, of Mutt): imaplib keeps it from Python 3.14 on.
    """

    left = 4 * _SPARE
    _from: tuple[socket.socket, BufferedReader] | None = None

    def read(self, size: int) -> bytes:
        """So many octets, if that may be."""
        self._spend(size)
        return self._stream().read(size)

    def readline(self) -> bytes:
        """A line, if there may be one more."""
        line = self._stream().readline(self.left + 1)
        self._spend(len(line))
        return line

    def shutdown(self) -> None:
        """Let go of the socket."""
        if self._from is not None:
            self._from[1].close()
        super().shutdown()

    def _stream(self) -> BufferedReader:
        if self._from is None or self._from[0] is not self.sock:
            self._from = self.sock, self.sock.makefile("rb")
        return self._from[1]

    def _spend(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise self.abort("too long")


class _Implicit(_Plain, imaplib.IMAP4_SSL):
    """The same, with TLS from the first byte."""


def _connected(place: ImapPlace, patience: float, context: ssl.SSLContext) -> _Plain:
    if place.implicit:
        return _Implicit(place.host, place.port, ssl_context=context, timeout=patience)
    return _Plain(place.host, place.port, timeout=patience)


def _hang_up(line: imaplib.IMAP4) -> None:
    with contextlib.suppress(OSError):
        line.shutdown()


def _secure(place: ImapPlace, line: imaplib.IMAP4, context: ssl.SSLContext) -> None:
    """STARTTLS, which only a server on this machine may do without (RFC 8314)."""
    if place.implicit:
        return
    here = ipaddress.ip_address(line.sock.getpeername()[0].partition("%")[0])
    if here.is_loopback and "LOGINDISABLED" not in line.capabilities:
        return
    if "STARTTLS" not in line.capabilities or line.state != "NONAUTH":
        raise ConfigurationError(
            f"{place.name}: the server offers no STARTTLS, and a password is not sent"
            " in clear; imaps:// (port 993) has TLS from the start"
        )
    line.starttls(context)


def _log_in(place: ImapPlace, line: imaplib.IMAP4, password: Secret) -> None:
    """PLAIN where it is offered: it takes any character (RFC 4616), LOGIN else.

    Of what the server says to it only the code is shown: it may repeat the rest.
    """
    if line.state == "AUTH":  # PREAUTH
        return
    user, secret = place.user, password.reveal()
    plain = "AUTH=PLAIN" in line.capabilities
    if not is_said_at_all(user + secret, ascii_only=not plain):
        raise ConfigurationError(
            f"{place.name}: the user or the password has a character that cannot be"
            " said to this server"
        )
    try:
        if plain:
            line.authenticate("PLAIN", lambda _: f"\0{user}\0{secret}".encode())
        else:
            line.login(quoted(user), secret)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        code = _code(str(error).encode())
    else:
        return
    shown = f" ({code.decode()})" if code else ""
    raise TransportError(
        f"{place.name}: the server does not accept this user and password{shown}",
        stage=Stage.AUTH,
        permanent=code not in _TEMPORARY,
    )


def _ask_again(line: imaplib.IMAP4) -> None:
    """What it can do: most servers tell of MOVE and UIDPLUS after the login only."""
    _, (*_, told) = line.capability()
    if isinstance(told, bytes):
        line.capabilities = tuple(told.decode("ascii").upper().split())


def _numbers(answer: Sequence[Any]) -> Iterator[int]:
    """The numbers in an answer. Raises ValueError for anything else."""
    for part in filter(None, answer):
        words = part.split() if isinstance(part, bytes) else [b""]
        if not all(map(_NUMBER.fullmatch, words)):
            raise ValueError
        yield from map(int, words)


def _bodies(answer: Sequence[Any]) -> Iterator[tuple[int, bytes]]:
    """Pairs out of what imaplib gives: what stands before a literal, and the literal.

    The UID may also stand behind it.
    """
    for at, part in enumerate(answer):
        if not isinstance(part, tuple):
            continue
        behind = answer[at + 1] if at + 1 < len(answer) else b""
        tail = behind if isinstance(behind, bytes) else b""
        if found := _UID.search(part[0]) or _UID.search(tail):
            yield int(found[1]), part[1]


@contextlib.contextmanager
def _told(place: ImapPlace, stage: Stage = Stage.CONNECT) -> Iterator[None]:
    """Errors of the line as ours, without a word of what went over it."""
    try:
        yield
    except imaplib.IMAP4.readonly:
        raise ConfigurationError(
            f"{place.name}: this user may not change the mailbox; --keep reads it and"
            " leaves it as it is"
        ) from None
    except imaplib.IMAP4.abort:
        raise _failed(place, _ENDED, stage) from None
    except imaplib.IMAP4.error as error:
        reason = _ENDED if _BYE in str(error) else _NONSENSE
        raise _failed(place, reason, stage) from None
    except ssl.SSLError as error:
        lost = handshake_failed(error)
        reason = str(lost).replace("smtps:// is for port 465, smtp:// for 587", _PORTS)
        raise _failed(place, reason, stage, permanent=lost.permanent) from None
    except TimeoutError:
        raise _failed(place, "no answer in time", stage) from None
    except OSError as error:
        reason = error.strerror or "no connection"
        raise _failed(place, reason, stage) from None
    except ValueError:  # of what is no ASCII, no base64, or no number
        raise _failed(place, _NONSENSE, stage) from None


_NO_IMAP = (imaplib.IMAP4.error, ValueError)
_BYE = "* BYE"
_ENDED = "the server ended the conversation"
_NONSENSE = "what the server says is not IMAP"
_PORTS = "imaps:// is for port 993, imap:// for 143"


def _failed(
    place: ImapPlace, reason: str, stage: Stage, *, permanent: bool = False
) -> TransportError:
    return TransportError(f"{place.name}: {reason}", stage=stage, permanent=permanent)


def _refused(place: ImapPlace, what: str, answer: Sequence[Any]) -> TransportError:
    text = _text(answer)
    permanent = _code(text) not in _TEMPORARY
    said = mask_text(text.decode("utf-8", "replace"))[:_SHOWN]
    return _failed(place, f"{what}: {said}", Stage.CONNECT, permanent=permanent)


def _text(answer: Sequence[Any]) -> bytes:
    return b" ".join(part for part in answer if isinstance(part, bytes))


def _code(text: bytes) -> bytes:
    """The response code of an answer: "[TRYCREATE] No such mailbox" (RFC 5530)."""
    found = _CODE.search(text)
    return found[1] if found else b""
