"""How the server reads a command: strictly, to the letter of RFC 5321 section 4.1."""

from __future__ import annotations

import re
from collections.abc import Container

import attrs

__all__ = [
    "LONGEST_AUTH",
    "Bad",
    "Hopeless",
    "Path",
    "read_chunk",
    "read_command",
    "read_path",
    "wrong_content",
]

_PATH = re.compile(
    r"(?:FROM|TO):"
    r"<((?:\"(?:[^\"\\]|\\.)*\"|[^<>\s\"@,:;()\[\]\\]+)@[^<>\s\"@,:;()]+|)>"
    r"((?: [A-Za-z0-9][A-Za-z0-9-]*(?:=[^\s=]+)?)*)",
    re.IGNORECASE,
)
_CHUNK = re.compile(r"([0-9]{1,20})( LAST)?", re.IGNORECASE)
_TOO_LONG = re.compile(rb"[^\n]{1000}")

LONGEST_COMMAND = 2048
"""Octets; more than 512 because of the parameters of extensions (RFC 4954: 12288)."""

LONGEST_AUTH = 12288


class Bad(Exception):
    """The command cannot be taken; the text is the reply."""


class Hopeless(Bad):
    """And what follows could be misread: the connection is closed."""


@attrs.frozen
class Path:
    """The argument of MAIL or RCPT: a mailbox ("" for none) and its parameters."""

    mailbox: str
    parameters: dict[str, str]


def read_command(line: bytes, known: Container[str]) -> tuple[str, str]:
    """Verb in capitals, and argument. Raises `Bad`, also for a verb not known."""
    verb, _, argument = line.partition(b" ")
    longest = LONGEST_AUTH if verb.upper() == b"AUTH" else LONGEST_COMMAND
    if len(line) > longest:
        raise Bad("500 5.5.2 Line too long")
    try:
        text = argument.decode()
        name = verb.decode("ascii").upper()
    except UnicodeDecodeError:
        raise Bad("500 5.5.2 Not a command: not UTF-8") from None
    if not (name + text).replace(" ", "").isprintable():
        raise Bad("500 5.5.2 Control character in a command")
    if name not in known:
        raise Bad("500 5.5.2 Not a command")
    return name, text


def read_path(argument: str, *, parameters: frozenset[str]) -> Path:
    """The mailbox and the parameters of MAIL or RCPT. Raises `Bad`.

    `parameters` are those that were offered; any other is refused (555).
    """
    found = _PATH.fullmatch(argument)
    if found is None:
        raise Bad("501 5.5.4 Not <mailbox> and parameters")
    given = {}
    for one in found[2].split():
        name, _, value = one.partition("=")
        if name.upper() not in parameters:
            raise Bad(f"555 5.5.4 Parameter {name} was not offered")
        if name.upper() in given:
            raise Bad(f"501 5.5.4 Parameter {name} was given twice")
        given[name.upper()] = value
    return Path(found[1], given)


def read_chunk(argument: str) -> tuple[int, bool]:
    """The size that BDAT gives, and whether it is the last. Raises `Hopeless`."""
    found = _CHUNK.fullmatch(argument)
    if found is None:
        raise Hopeless("501 5.5.4 BDAT size [LAST], please")
    return int(found[1]), found[2] is not None


def wrong_content(content: bytes, *, eight_bit: bool) -> str | None:
    """The reply to a content that no server should have to read; None if it is fine."""
    lines = content.count(b"\r\n")
    if content.count(b"\r") != lines or content.count(b"\n") != lines:
        return "550 5.6.0 CR or LF stands alone"
    if b"\0" in content:
        return "550 5.6.0 NUL in the message"
    if _TOO_LONG.search(content):
        return "550 5.6.0 A line is longer than 998 octets"
    if not eight_bit and not content.isascii():
        return "554 5.6.1 Eight-bit content was not announced"
    return None
