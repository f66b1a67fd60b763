"""Mails in a mailbox on a server."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator, Sequence
from typing import cast
from urllib.parse import quote, unquote, urlsplit

import attrs

from safesend.errors import ConfigurationError, TransportError
from safesend.feedback.mailboxes.base import LONGEST, Mail
from safesend.net.imap import ImapMailbox, ImapPlace
from safesend.net.imap_names import mailbox_name
from safesend.redaction import Secret

__all__ = ["RemoteMailbox", "imap_place"]

_PORTS = {"imap": 143, "imaps": 993}
_FORM = "it is imaps://, the user, an @, the host, and /INBOX"
"""In words: what looks like an address is masked where errors are told."""


@attrs.define
class RemoteMailbox:
    """The unread mails of a mailbox over IMAP, or all of them."""

    inner: ImapMailbox
    everything: bool = False
    expected: int | None = attrs.field(init=False, default=None)
    passed_over: int = attrs.field(init=False, default=0)
    files: bool = attrs.field(init=False, default=True)

    @classmethod
    def open(
        cls,
        url: str,
        password: Secret,
        *,
        everything: bool = False,
        keep: bool = False,
        context: ssl.SSLContext | None = None,
    ) -> RemoteMailbox:
        """Log in; `keep`: nothing can be changed.

        Raises `ConfigurationError`, `TransportError`.
        """
        place = imap_place(url)
        inner = ImapMailbox.open(
            place, password, changing=not keep, longest=LONGEST, context=context
        )
        return cls(inner, everything)

    @property
    def name(self) -> str:
        """Where it is, without the user."""
        place = self.inner.place
        scheme = "imaps" if place.implicit else "imap"
        port = "" if place.port == _PORTS[scheme] else f":{place.port}"
        return f"{scheme}://{place.host}{port}/{quote(place.mailbox)}"

    def mails(self) -> Iterator[Mail]:
        """The mails; one that somebody removes meanwhile is left out."""
        uids = self.inner.uids(unseen=not self.everything)
        self.expected = len(uids)
        self.passed_over = self.inner.number - len(uids)
        for uid, octets in self.inner.mails(uids):
            # RFC 5092 section 4.
            yield Mail(f"{self.name};UID={uid}", octets, uid)

    def filed(self, handles: Sequence[object], folder: str | None) -> None:
        """Mark them as read first: so they are, wherever they end up.

        Those that cannot be moved are unread again, so that the next time finds them.
        """
        uids = cast("Sequence[int]", handles)
        self.inner.mark(uids)
        if folder is not None:
            try:
                self.inner.move(uids, folder)
            except TransportError:
                with contextlib.suppress(TransportError):
                    self.inner.mark(uids, read=False)
                raise

    def must_move(self, folder: str) -> None:
        """Raises `ConfigurationError` for what is no name of a mailbox."""
        mailbox_name(folder)

    def close(self) -> None:
        """Log out."""
        self.inner.close()


def imap_place(url: str) -> ImapPlace:
    """What `imaps://user@mail.example.org/INBOX` says; INBOX may be left out.

    Raises `ConfigurationError`: also where it holds a password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
        (parts.hostname or "").encode("idna")
    except ValueError:
        port, parts = None, urlsplit("")
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not parts.hostname or parts.query or parts.fragment:
        raise ConfigurationError(f"this is not the URL of a mailbox: {_FORM}")
    if parts.password is not None:
        raise ConfigurationError(
            "a password in a URL is seen by everybody on this machine; leave it out,"
            " and put it into a file or the variable SAFESEND_IMAP_PASSWORD"
        )
    if not parts.username:
        raise ConfigurationError(f"the URL of the mailbox names no user: {_FORM}")
    return ImapPlace(
        parts.hostname,
        port or _PORTS[scheme],
        unquote(parts.username),
        unquote(parts.path.strip("/")) or "INBOX",
        implicit=scheme == "imaps",
    )
