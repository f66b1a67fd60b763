"""Files whose format is known and that safesend does not open: each says why."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from safesend.checks.documents.budget import Unreadable
from safesend.checks.documents.files import File
from safesend.checks.piece import Found

__all__ = [
    "read_archive",
    "read_database",
    "read_encrypted",
    "read_iwork",
    "read_outlook_data",
    "read_tnef",
]


def _refusing(reason: str) -> Callable[[File], Iterator[Found]]:
    def read(_file: File) -> Iterator[Found]:
        """Raises `Unreadable`, which says why the file is not opened."""
        raise Unreadable(reason)

    return read


# 7-Zip, RAR, Zstandard and the like.
read_archive = _refusing(
    "safesend cannot open this kind of archive; send a zip archive instead"
)

# SQLite, Access, Parquet and the like: values stand against each other, or packed.
read_database = _refusing("it is a database; export what is meant as a CSV file")

# OpenPGP, S/MIME, age, OpenSSL, stores of passwords.
read_encrypted = _refusing("it is encrypted")

# Pages, Numbers and Keynote compress their texts in a way of their own.
read_iwork = _refusing(
    "it is a document of Pages, Numbers or Keynote; export it as PDF instead"
)

# A .pst or .ost file keeps its texts in a cipher.
read_outlook_data = _refusing("it is an Outlook data file with whole mailboxes in it")

# MS-OXTNEF: what Outlook makes of a mail in its own rich text.
read_tnef = _refusing(
    "it is Outlook's winmail.dat; send the files themselves, or the text as HTML"
)
