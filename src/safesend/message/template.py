"""Template: subject, text, html and files of a letter, checked when it is made."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from os import PathLike
from types import MappingProxyType
from typing import Self
from urllib.parse import unquote

import attrs

from safesend.errors import TemplateError
from safesend.message.address import Address
from safesend.message.attachment import Attachment
from safesend.message.part import (
    Part,
    Slot,
    compile_part,
    literal_part,
    slot_html,
    slot_text,
    text_part,
)

__all__ = ["Part", "Slot", "Template", "shown_cids", "slot_html", "slot_text"]

_CID = re.compile(r"""["'(=]\s*+cid:([^"'<>()\s{}]+)["')\s>]""", re.IGNORECASE)


def _source(value: object) -> str:
    """Line ends as LF: those of the wire are made when the letter is composed."""
    if not isinstance(value, str):
        kind = type(value).__name__
        raise TemplateError(f"subject, text, html and headers are texts, not {kind}")
    return value.replace("\r\n", "\n").replace("\r", "\n")


def _body(value: object) -> str | None:
    return None if value is None else _source(value)


def _headers(given: Mapping[str, str] | None) -> Mapping[str, str]:
    headers = {_source(name): _source(value) for name, value in (given or {}).items()}
    if len({name.lower() for name in headers}) < len(headers):
        raise TemplateError("a header is given twice, in capitals and small letters")
    return MappingProxyType(headers)


def _address(given: str | Address | None) -> Address | None:
    return Address.parse(given, name_allowed=True) if isinstance(given, str) else given


def _files(given: Iterable[Attachment]) -> tuple[Attachment, ...]:
    files = tuple(given)
    if not all(isinstance(file, Attachment) for file in files):
        raise TemplateError(
            "attachments and inline take Attachment values:"
            ' Attachment.from_path("map.pdf")'
        )
    return files


def _pictures(given: Iterable[Attachment]) -> tuple[Attachment, ...]:
    """Inline files with a content id each; without one it is the file's name."""
    files = tuple(
        file if file.cid else attrs.evolve(file, cid=file.name)
        for file in _files(given)
    )
    for file in files:
        if not file.content_type.startswith("image/"):
            raise TemplateError(f"inline file {file.name!r} is no image; attach it")
    if len({file.cid for file in files}) < len(files):
        raise TemplateError("two inline images have the same content id")
    return files


@attrs.frozen
class Template:
    """The letter that everybody gets, with `{{ fields }}`.

    `subject`, `text`, `html` and the values of `headers` are Jinja2 sources: strict
    (an unknown field is an error), sandboxed, html escaped. One of text and html is
    needed; a missing text is made from the html. `inline` are images for the html,
    found by `cid:` and their name. `literal`: none of it is a source, all is sent as it
    stands, braces included. `inline_css`: the rules of `<style>` become style
    attributes, as `html` then shows (extra `css`). `parts` holds what is compiled of
    it, by name ("subject", "text", "html", "header X-Foo"), in this order.

    Raises TemplateError with `.part` and `.line`, AddressError for `reply_to`, and
    ConfigurationError for `inline_css` without its package.
    """

    subject: str = attrs.field(converter=_source, repr=False)
    text: str | None = attrs.field(default=None, converter=_body, repr=False)
    html: str | None = attrs.field(default=None, converter=_body, repr=False)
    attachments: tuple[Attachment, ...] = attrs.field(default=(), converter=_files)
    headers: Mapping[str, str] = attrs.field(
        default=None, converter=_headers, repr=False, hash=False
    )
    reply_to: Address | None = attrs.field(default=None, converter=_address)
    inline: tuple[Attachment, ...] = attrs.field(default=(), converter=_pictures)
    literal: bool = False
    inline_css: bool = attrs.field(default=False, eq=False)
    parts: Mapping[str, Part] = attrs.field(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        if self.inline_css and self.html is not None:
            object.__setattr__(self, "html", _inlined(self, self.html))
        parts = {part.name: part for part in _compiled(self)}
        _check_pictures(self.html or "", {file.cid for file in self.inline})
        object.__setattr__(self, "parts", MappingProxyType(parts))

    @classmethod
    def from_folder(
        cls,
        path: str | PathLike[str],
        *,
        headers: Mapping[str, str] | None = None,
        reply_to: str | Address | None = None,
        inline_css: bool = False,
    ) -> Self:
        """A template as files.

        subject.txt (one line), body.txt and/or body.html in UTF-8, attachments/ and
        inline/ (images, shown by `cid:` and file name). Hidden files and backups of
        editors are left out. TemplateError names the file that is wrong.
        """
        from safesend.message.folder import read_folder  # noqa: PLC0415  for folders only

        folder = read_folder(path)
        return cls(
            folder.subject,
            text=folder.text,
            html=folder.html,
            attachments=folder.attachments,
            inline=folder.inline,
            headers=headers,
            reply_to=reply_to,
            inline_css=inline_css,
        )

    def __reduce__(self) -> tuple[object, ...]:
        # What Jinja2 compiled cannot be pickled; it is made again.
        files = (self.attachments, dict(self.headers), self.reply_to, self.inline)
        return type(self), (self.subject, self.text, self.html, *files, self.literal)

    @property
    def fields(self) -> frozenset[str]:
        """All names that some part uses."""
        return frozenset().union(*(part.fields for part in self.parts.values()))

    def digest(self) -> str:
        """Hexadecimal, over everything that makes the letter; reads the files."""
        total = hashlib.sha256()
        for value in _identity(self):
            data = b"-" if value is None else b"+" + value.encode(errors="replace")
            total.update(b"%d:%b" % (len(data), data))
        return total.hexdigest()


def _inlined(template: Template, html: str) -> str:
    """The html with its rules in style attributes; what is wrong is told first."""
    from safesend.message.inline_css import inline_css  # noqa: PLC0415  when asked for

    _part(template, "html", html)
    return inline_css(html, literal=template.literal)


def _compiled(template: Template) -> Iterator[Part]:
    yield _one_line(template, "subject", template.subject)
    html = template.html
    html_part = None if html is None else _part(template, "html", html)
    if template.text is not None:
        yield _part(template, "text", template.text)
    elif html_part is not None:
        yield text_part(html_part)
    else:
        raise TemplateError("a template needs a text, an html, or both")
    if html_part is not None:
        yield html_part
    for name, value in template.headers.items():
        yield _one_line(template, f"header {name}", value)


def _part(template: Template, name: str, source: str) -> Part:
    if template.literal:
        return literal_part(name, source)
    return compile_part(name, source, html=name == "html")


def _one_line(template: Template, name: str, source: str) -> Part:
    part = _part(template, name, source)
    if not source.strip():
        raise TemplateError("is empty", name)
    if any("\n" in piece for piece in part.pieces or () if isinstance(piece, str)):
        raise TemplateError("is one line; remove the line end", name)
    return part


def shown_cids(html: str) -> list[str]:
    """The content ids of the pictures that an html shows, as they stand there."""
    return _CID.findall(html)


def _check_pictures(html: str, known: set[str | None]) -> None:
    for hit in _CID.finditer(html):
        if unquote(hit[1]) not in known:
            line = html.count("\n", 0, hit.start()) + 1
            raise TemplateError(
                f"no inline image has the content id {hit[1]!r}", "html", line
            )


def _identity(template: Template) -> Iterator[str | None]:
    yield from (template.subject, template.text, template.html)
    if template.literal:
        yield "literal"
    reply_to = template.reply_to
    yield None if reply_to is None else f"{reply_to.name}\n{reply_to.wire}"
    for name, value in sorted(template.headers.items()):
        yield from (name, value)
    for kind, files in (("file", template.attachments), ("inline", template.inline)):
        for file in files:
            yield from (kind, file.name, file.content_type, file.cid, file.sha256)
