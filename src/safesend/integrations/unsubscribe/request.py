"""What somebody asks of the page: read out of octets that anybody may have sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote_plus, urlencode

import attrs

from safesend.message.unsubscribe import token_in

__all__ = [
    "FIELD",
    "LONGEST",
    "VALUE",
    "Head",
    "token_of",
    "veil",
    "veiled",
    "wants_out",
]

FIELD, VALUE = "List-Unsubscribe", "One-Click"
"""The one field of RFC 8058, section 3.1."""

LONGEST = 16_384
"""Octets of a body that are read. A mail provider sends 26, or some 200 as a form."""

# More than `token_in` finds: a part of one, and those of later versions.
_LIKE_ONE = re.compile(r"v\d+\.[\w-]{8}[\w.-]*", re.IGNORECASE)
_INSTEAD = "TOKEN"

_LENGTH = re.compile("[0-9]{1,18}")
_BOUNDARY = re.compile(
    r';\s*boundary=(?:"([^"]{1,70})"|([^\s;,"]{1,70}))', re.IGNORECASE
)
_NAME = re.compile(
    rb'^content-disposition:.*;[ \t]*name="?([^";\n]*)', re.IGNORECASE | re.MULTILINE
)


@attrs.frozen
class Head:
    """A request but for its body: as it came, and believed in nothing.

    `length` is its Content-Length, `peer` the address that connected, `forwarded` what
    X-Forwarded-For says.
    """

    method: str
    content_type: str = ""
    length: str = ""
    peer: str = attrs.field(default="", repr=False)
    forwarded: str = attrs.field(default="", repr=False)

    @property
    def malformed(self) -> bool:
        """Whether its length is none (RFC 9110, section 8.6)."""
        return bool(self.length) and not _LENGTH.fullmatch(self.length)

    @property
    def too_long(self) -> bool:
        """Whether it announces more than is ever read; its length is one."""
        return int(self.length or "0") > LONGEST


def token_of(path: str, query: str) -> str:
    """The token of a link, wherever in its path or query it stands; "": there is none.

    So the page may be mounted under any prefix, and the link have any form.
    """
    return token_in(unquote_plus(query)) or token_in(path)


def veiled(path: str, query: str) -> tuple[str, str]:
    """The same without a token, for whoever writes a log afterwards."""
    if _LIKE_ONE.search(unquote_plus(query)):
        fields = parse_qsl(query, keep_blank_values=True)
        bare = [(veil(name), veil(value)) for name, value in fields]
        query = urlencode(bare, errors="replace")
    return veil(path), query


def veil(text: str) -> str:
    """The text without what looks like a token."""
    return _LIKE_ONE.sub(_INSTEAD, text)


def wants_out(content_type: str, body: bytes) -> bool:
    """Whether a body says what RFC 8058 has it say, in either of its two forms.

    Other fields may stand beside it.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        fields = _of_form(content_type, body)
    else:
        fields = iter(parse_qsl(body.decode("latin-1")))
    return any(
        name.strip().lower() == FIELD.lower() and value.strip().lower() == VALUE.lower()
        for name, value in fields
    )


def _of_form(content_type: str, body: bytes) -> Iterator[tuple[str, str]]:
    """The fields of a form (RFC 7578), and nothing where it is none."""
    found = _BOUNDARY.search(content_type)
    if found is None:
        return
    boundary = (found[1] or found[2]).encode("utf-8", "replace")
    text = b"\n" + body.replace(b"\r\n", b"\n")
    # What stands before the first boundary, and after the last, is no part of it.
    for part in text.split(b"\n--" + boundary)[1:]:
        if part.startswith(b"--"):
            return
        about, blank, value = part.partition(b"\n\n")
        if blank and (name := _NAME.search(about)):
            yield name[1].decode("latin-1"), value.decode("latin-1")
