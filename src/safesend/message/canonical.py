"""The relaxed canonical form of headers and bodies (RFC 6376 section 3.4).

What relays may change on the way without harm is made alike before it is hashed:
folds, runs of blanks, blanks at the end of a line, empty lines at the end of a body.
"""

from __future__ import annotations

import re

__all__ = ["body_end", "relaxed_body", "relaxed_field", "relaxed_value"]

_RUN = re.compile(rb"[ \t]{2,}|\t")


def relaxed_value(octets: bytes) -> bytes:
    """The value of a header unfolded, each run of blanks one, none around it.

    Octets of UTF-8 (RFC 6532) stay as they are.
    """
    return b" ".join(octets.split())


def relaxed_field(name: str, value: bytes) -> bytes:
    """A whole header field, its CRLF included (section 3.4.2)."""
    return b"%b:%b\r\n" % (name.lower().encode(), value)


def relaxed_body(octets: bytes) -> bytes:
    """Lines of a body with each run of blanks one, and none at a line's end.

    What is in this form already is given back as it is: files in base64, most texts.
    Empty lines at the end are left for `body_end`.
    """
    if b"  " in octets or b"\t" in octets:
        octets = _RUN.sub(b" ", octets)
    return octets.replace(b" \r\n", b"\r\n") if b" \r\n" in octets else octets


def body_end(octets: bytes) -> bytes:
    """The end of a body without empty lines; a body of nothing else is nothing."""
    kept = octets.rstrip(b"\r\n")
    return kept + b"\r\n" if kept else b""
