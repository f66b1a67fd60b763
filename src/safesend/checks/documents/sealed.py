"""Files whose format is known and that safesend does not open: each says why."""

from __future__ import annotations

from collections.abc import Iterator

from safesend.checks.documents.budget import Unreadable
from safesend.checks.documents.files import File
from safesend.checks.piece import Found

__all__ = [
    "read_archive",
    "read_encrypted",
    "read_iwork",
    "read_outlook_data",
    "read_tnef",
]


def read_archive(file: File) -> Iterator[Found]:
    """7-Zip, RAR, Zstandard and the like."""
    raise Unreadable(
        "safesend cannot open this kind of archive; send a zip archive instead"
    )


def read_encrypted(file: File) -> Iterator[Found]:
    """OpenPGP, S/MIME, age, OpenSSL, password stores."""
    raise Unreadable("it is encrypted")


def read_iwork(file: File) -> Iterator[Found]:
    """Pages, Numbers and Keynote keep their texts packed in a way of their own."""
    raise Unreadable(
        "it is a document of Pages, Numbers or Keynote; export it as PDF instead"
    )


def read_outlook_data(file: File) -> Iterator[Found]:
    """A .pst or .ost file: whole mailboxes, in a cipher."""
    raise Unreadable("it is an Outlook data file with whole mailboxes in it")


def read_tnef(file: File) -> Iterator[Found]:
    """MS-OXTNEF: what Outlook makes of a mail in its own rich text."""
    raise Unreadable(
        "it is Outlook's winmail.dat; send the files themselves, or the text as HTML"
    )
