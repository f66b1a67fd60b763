"""Mails that lie as files: one, or a box of many."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import attrs

from safesend.checks.documents.files import File, read_inner
from safesend.checks.mail import read_mail
from safesend.checks.piece import Found, Note, NoteKind

__all__ = ["read_mail_file", "read_mbox"]

# RFC 4155 appendix A: "From ", the sender, the time of arrival, before each mail.
_START = re.compile(rb"^From [^\n]{1,400}\d{4}[^\n]{0,40}\r?\n", re.MULTILINE)


def read_mail_file(file: File) -> Iterator[Found]:
    """A saved mail, with all of its headers; or a web page that is saved as one."""
    if not file.name.lower().endswith((".mht", ".mhtml")):
        yield Note(kind=NoteKind.MAIL, what="it is a mail with headers of its own")
    yield from _read(file, file.data, "")


def read_mbox(file: File) -> Iterator[Found]:
    """A box of mails."""
    yield Note(kind=NoteKind.MAIL, what="it is a mailbox")
    starts = [found.start() for found in _START.finditer(file.data)]
    ends = [*starts[1:], len(file.data)]
    for number, (start, end) in enumerate(zip(starts, ends, strict=True), 1):
        _, _, mail = file.data[start:end].partition(b"\n")
        yield from _read(file, mail, f"mail {number}")


def _read(file: File, mail: bytes, place: str) -> Iterator[Found]:
    def read_part(name: str, data: bytes) -> Iterable[Found]:
        return read_inner(file.inner(name, data))

    for one in read_mail(mail, read_part):
        inside = ", ".join(part for part in (place, one.unit, one.place) if part)
        yield attrs.evolve(one, unit="", place=inside)
