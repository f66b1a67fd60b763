"""A mailbox by its name: a folder, a file, standard input, or a URL."""

from __future__ import annotations

import sys
from pathlib import Path

from safesend.errors import ConfigurationError
from safesend.feedback.mailboxes.base import Mailbox
from safesend.feedback.mailboxes.files import MailFiles, PipedMail
from safesend.feedback.mailboxes.imap import RemoteMailbox
from safesend.feedback.mailboxes.maildir import Maildir
from safesend.feedback.mailboxes.mbox import Mbox
from safesend.redaction import Secret

__all__ = ["is_remote", "open_mailbox"]

_REMOTE = "imap://", "imaps://"


def is_remote(place: str) -> bool:
    """Whether it is the URL of a mailbox on a server."""
    return place.lower().startswith(_REMOTE)


def open_mailbox(
    place: str,
    *,
    everything: bool = False,
    keep: bool = False,
    password: Secret | None = None,
) -> Mailbox:
    """The mailbox of that name: nothing is read yet, but a server is logged in to.

    A Maildir, an mbox, a file with one mail, a folder of files that end in .eml, "-"
    for one mail on standard input, or `imaps://user@host/INBOX`. `everything` gives
    mails that were read before as well; `keep` opens a mailbox on a server so that it
    cannot be changed. Raises `ConfigurationError`, `TransportError`.
    """
    if is_remote(place):
        return RemoteMailbox.open(
            place, password or Secret(""), everything=everything, keep=keep
        )
    if "://" in place:
        scheme = place.partition(":")[0]
        raise ConfigurationError(
            f"mail is not read by {scheme}://; name a mailbox of a server by imaps://,"
            " a Maildir, an mbox or a file"
        )
    if place == "-":
        return PipedMail(sys.stdin.buffer)
    path = Path(place)
    if path.is_dir():
        return _folder(path, everything=everything)
    if not path.is_file():
        raise ConfigurationError(f"there is no mailbox {place}; nothing was read")
    with path.open("rb") as file:
        is_mbox = file.read(5) in {b"From ", b""}
    return Mbox(path) if is_mbox else MailFiles(path)


def _folder(path: Path, *, everything: bool) -> Mailbox:
    if all((path / part).is_dir() for part in ("new", "cur")):
        return Maildir(path, everything)
    if any(path.glob("*.eml")):
        return MailFiles(path)
    raise ConfigurationError(
        f"{path} is no mailbox: a Maildir has the folders new and cur in it, and of"
        " other folders the files that end in .eml are read"
    )
