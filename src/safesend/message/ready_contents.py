"""What a ready-made message says and what is attached to it, taken out of its MIME.

Only what our own letters have as well is taken: a text, an html, pictures in it, files.
Everything else (signatures, invitations, forwarded mails) would not arrive as it was
meant, and is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import EmailMessage
from typing import NoReturn
from urllib.parse import unquote

import attrs

from safesend.errors import TemplateError
from safesend.message.attachment import Attachment
from safesend.message.template import shown_cids

__all__ = ["Contents", "contents_of"]

_TEXTS = {"text/plain": "text", "text/html": "html"}
_ENCODINGS = frozenset({"7bit", "8bit", "base64", "quoted-printable"})
# What readers decode in another way than Python, or not at all, and what hides text.
_NO_CHARSETS = re.compile(
    r"utf-?7|unicode.?escape|raw.?unicode.?escape|idna|punycode|undefined|mbcs|oem"
    r"|unknown.*|utf-?8-?sig|x-.*",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"(?<![\w.-])cid:([^\"'<>()\s]+)", re.IGNORECASE)
_DEEPEST = 10
"""Parts inside of parts; no program makes more than four."""
_HEADERS = ("content-type", "content-disposition", "content-transfer-encoding")


@attrs.frozen
class Contents:
    """The readable part of a message, its files and the pictures in its html."""

    text: str | None = attrs.field(repr=False)
    html: str | None = attrs.field(repr=False)
    attachments: tuple[Attachment, ...]
    inline: tuple[Attachment, ...]


@attrs.frozen
class _File:
    """A file, and its content id."""

    place: str
    name: str | None
    content_type: str
    cid: str
    data: bytes = attrs.field(repr=False)


def contents_of(message: EmailMessage) -> Contents:
    """What is in a message, as a parser that looks for faults has read it.

    Raises `TemplateError`, which names the part, for what cannot be carried over as it
    is, and `AttachmentError` for a file name that no letter may have.
    """
    found = _Found()
    found.readable(message, "")
    if not found.texts:
        _refuse(message, "", "the message has no text and no html; give it one")
    return found.contents()


@attrs.define
class _Found:
    """What was met so far on the way through the parts."""

    texts: dict[str, str] = attrs.field(factory=dict)
    files: list[_File] = attrs.field(factory=list)

    def readable(self, part: EmailMessage, place: str) -> None:
        """Take a part that is to be read: a text, or a multipart with one in it."""
        kind = part.get_content_type()
        _check(part, place)
        if place.count(".") > _DEEPEST:
            _refuse(part, place, "has too many parts inside of parts")
        if kind in _TEXTS:
            self._text(part, place)
        elif kind == "multipart/alternative":
            self._alternative(part, place)
        elif kind == "multipart/related":
            self._related(part, place)
        elif kind == "multipart/mixed":
            self._mixed(part, place)
        else:
            _refuse(part, place, _why_not(kind))

    def contents(self) -> Contents:
        """All of it; pictures are those that the html shows."""
        html = self.texts.get("html")
        shown = {unquote(hit) for hit in shown_cids(html or "")}
        pictures = [file for file in self.files if file.cid in shown]
        names = {one.cid: _own_cid(n, one) for n, one in enumerate(pictures, 1)}
        text = self.texts.get("text")
        return Contents(
            # Some programs write an empty text beside the html.
            text=None if html is not None and not (text or "").strip() else text,
            html=None if html is None else _renamed(html, names),
            attachments=tuple(
                _attachment(file) for file in self.files if file.cid not in shown
            ),
            inline=tuple(
                _picture(number, file, names[file.cid])
                for number, file in enumerate(pictures, 1)
            ),
        )

    def _text(self, part: EmailMessage, place: str) -> None:
        self._refuse_more(part, place)
        self.texts[_TEXTS[part.get_content_type()]] = _decoded(part, place)

    def _refuse_more(self, part: EmailMessage, place: str) -> None:
        if self.texts:
            reason = "is one text more; a letter has one text and one html of the same"
            _refuse(part, place, f"{reason}: attach it as a file, or join the two")

    def _alternative(self, part: EmailMessage, place: str) -> None:
        """A text, and the html behind it, which says the same (RFC 2046 5.1.4)."""
        self._refuse_more(part, place)
        for child, where in _children(part, place):
            kind = child.get_content_type()
            if _is_file(child) or (kind not in _TEXTS and kind != "multipart/related"):
                _refuse(child, where, _why_no_alternative(kind))
            own = _Found()
            own.readable(child, where)
            if "html" in self.texts or self.texts.keys() & own.texts.keys():
                _refuse(child, where, "stands behind the html, or is a second text")
            self.texts |= own.texts
            self.files += own.files

    def _related(self, part: EmailMessage, place: str) -> None:
        """What is read, and behind it the pictures that it shows (RFC 2387)."""
        children = list(_children(part, place))
        first, where = children[0]
        start = part.get_param("start")
        if start is not None and start != first.get("content-id"):
            _refuse(part, place, "begins with another part than its first (start=)")
        self.readable(first, where)
        for child, where in children[1:]:
            self._file(child, where)

    def _mixed(self, part: EmailMessage, place: str) -> None:
        for child, where in _children(part, place):
            if _is_file(child):
                self._file(child, where)
            else:
                self.readable(child, where)

    def _file(self, part: EmailMessage, place: str) -> None:
        _check(part, place)
        kind = part.get_content_type()
        if part.is_multipart() or kind.startswith(("message/", "multipart/")):
            _refuse(part, place, _why_not(kind))
        data = part.get_payload(decode=True)
        assert isinstance(data, bytes)
        _check_defects(part, place)
        cid = str(part.get("content-id", "")).strip().removeprefix("<")
        name = part.get_filename()
        self.files.append(_File(place, name, kind, cid.removesuffix(">"), data))


def _children(part: EmailMessage, place: str) -> Iterator[tuple[EmailMessage, str]]:
    children = part.get_payload()
    assert isinstance(children, list)  # else there was a defect
    for number, child in enumerate(children, 1):
        assert isinstance(child, EmailMessage)
        yield child, f"{place}.{number}" if place else str(number)


def _is_file(part: EmailMessage) -> bool:
    kind = part.get_content_type()
    if kind.startswith("multipart/"):
        return False
    disposition = part.get_content_disposition()
    return (
        kind not in _TEXTS
        or disposition == "attachment"
        or part.get_filename() is not None
    )


def _check(part: EmailMessage, place: str) -> None:
    """Refuse a part that its parser had to guess about."""
    for name in _HEADERS:
        headers = part.get_all(name, [])
        if len(headers) > 1:
            _refuse(part, place, f"has the field {name} more than once")
        if any(header.defects for header in headers):
            _refuse(part, place, f"has a field {name} that cannot be read in one way")
    encoding = str(part.get("content-transfer-encoding", "7bit")).strip().lower()
    if encoding not in _ENCODINGS:
        _refuse(part, place, f"is encoded as {encoding[:20]!r}; use base64")
    _check_defects(part, place)


def _check_defects(part: EmailMessage, place: str) -> None:
    if part.defects:
        found = ", ".join(dict.fromkeys(type(one).__name__ for one in part.defects))
        _refuse(part, place, f"is broken ({found}); make the message anew")


def _decoded(part: EmailMessage, place: str) -> str:
    octets = part.get_payload(decode=True)
    assert isinstance(octets, bytes)
    _check_defects(part, place)
    if str(part.get_param("delsp", "no")).lower() == "yes":
        _refuse(part, place, "has lines to be joined (delsp=yes); write it plainly")
    charset = str(part.get_content_charset("us-ascii"))
    if not _NO_CHARSETS.fullmatch(charset):
        try:
            return octets.decode(charset).replace("\r\n", "\n").replace("\r", "\n")
        except (LookupError, UnicodeError):
            pass
    return _refuse(
        part,
        place,
        f"is not in the charset {charset[:30]!r} that it names, or that is none that"
        " all mailers know; use utf-8",
    )


def _attachment(file: _File) -> Attachment:
    if not file.name:
        raise TemplateError(
            "is a file without a name; give it one (filename=...)",
            _named(file.place, file.content_type),
        )
    return Attachment.from_bytes(
        file.data, name=file.name, content_type=file.content_type
    )


def _picture(number: int, file: _File, cid: str) -> Attachment:
    name = file.name or f"picture-{number}.{file.content_type.partition('/')[2]}"
    return Attachment.from_bytes(
        file.data, name=name, content_type=file.content_type, cid=cid
    )


def _own_cid(number: int, file: _File) -> str:
    """An id that stays the same: those with an @ are made anew by every program run.

    `email.utils.make_msgid` also puts the name of the machine in it (L13).
    """
    return f"picture-{number}" if "@" in file.cid else file.cid


def _renamed(html: str, names: dict[str, str]) -> str:
    def own(hit: re.Match[str]) -> str:
        cid = unquote(hit[1])
        name = names.get(cid, cid)
        return hit[0] if name == cid else f"cid:{name}"

    return _REFERENCE.sub(own, html)


def _why_not(kind: str) -> str:
    if kind in ("multipart/signed", "application/pkcs7-mime"):
        return (
            "is signed or encrypted for what it is now; every copy is composed anew."
            " Sign on the relay, or leave the signature out"
        )
    if kind == "multipart/encrypted":
        return "is encrypted, so nobody can look into it for other people's addresses"
    if kind.startswith("message/"):
        return (
            "is a mail inside the mail, with the people it was written to (L20); attach"
            " a PDF or a text of it"
        )
    if kind.startswith("multipart/"):
        return "is a kind of multipart that no letter here has; use multipart/mixed"
    return "is no text to read; write a text, and attach this as a file"


def _why_no_alternative(kind: str) -> str:
    if kind == "text/calendar":
        return (
            "is an invitation, which names its guests; attach it as a file (.ics), one"
            " for each person"
        )
    return _why_not(kind) + " (an alternative is a text and an html, nothing else)"


def _named(place: str, kind: str) -> str:
    return f"part {place} ({kind})" if place else f"the message ({kind})"


def _refuse(part: EmailMessage, place: str, reason: str) -> NoReturn:
    raise TemplateError(reason, _named(place, part.get_content_type()))
