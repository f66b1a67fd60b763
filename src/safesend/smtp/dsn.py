"""What a server is asked to tell of a letter's fate, where it offers DSN (RFC 3461).

Each function gives a whole parameter, a blank before it, or nothing: what is too long
or cannot be written is left out, and the letter goes all the same.
"""

from __future__ import annotations

import functools
import re

from safesend.errors import LocalProtocolError

__all__ = ["NOTIFY", "envid", "notify", "orcpt", "read_notify"]

NOTIFY = "failure,delay"
"""What is asked for unless somebody says otherwise."""

_NEVER = "never"
_WORDS = ("success", "failure", "delay")
_LONGEST_ORCPT = 500  # section 4.2, all of the parameter
_LONGEST_ENVID = 100  # section 4.4, all of the parameter

# Section 4: xchar is printable ASCII without "+" and "=".
_XCHARS = bytes(octet for octet in range(33, 127) if octet not in b"+=")
_NO_XCHAR = re.compile(rb"[^!-*,-<>-~]")
# RFC 6533 section 3: towards SMTPUTF8 every other character stands for itself.
_NO_UCHAR = re.compile(r"[ +=\\]")


def read_notify(value: object) -> str | None:
    """What may stand in NOTIFY, in the order of the RFC; None stays None.

    Raises `LocalProtocolError`.
    """
    if value is None:
        return None
    given = value.lower().split(",") if isinstance(value, str) else [""]
    words = {word.strip() for word in given}
    if words == {_NEVER}:
        return _NEVER
    if not words <= {*_WORDS}:
        raise LocalProtocolError(
            "notify is 'never', None, or of 'success', 'failure' and 'delay' those that"
            " the server is to report, with commas between them"
        )
    return ",".join(word for word in _WORDS if word in words)


@functools.lru_cache(maxsize=16)
def notify(words: str) -> bytes:
    """NOTIFY (section 4.1) with what `read_notify` gave."""
    return b" NOTIFY=%b" % words.upper().encode("ascii")


def envid(identity: str) -> bytes:
    """ENVID (section 4.4): stands in every report on this letter."""
    if not (identity and identity.isascii() and identity.isprintable()):
        return b""
    parameter = b" ENVID=%b" % _xtext(identity.encode("ascii"))
    return parameter if len(parameter) <= _LONGEST_ENVID + 1 else b""


def orcpt(mailbox: str) -> bytes:
    """ORCPT (section 4.2): the mailbox of RCPT, wherever it is forwarded to.

    One that is not ASCII goes only to a server that takes it in RCPT as well.
    """
    if not mailbox.isprintable():
        return b""
    if mailbox.isascii():
        parameter = b" ORCPT=rfc822;%b" % _xtext(mailbox.encode("ascii"))
    else:
        text = _NO_UCHAR.sub(lambda hit: rf"\x{{{ord(hit[0]):02X}}}", mailbox)
        parameter = b" ORCPT=utf-8;%b" % text.encode("utf-8")
    return parameter if len(parameter) <= _LONGEST_ORCPT + 1 else b""


def _xtext(octets: bytes) -> bytes:
    if not octets.translate(None, _XCHARS):
        return octets  # as nearly always: a tenth of a microsecond
    return _NO_XCHAR.sub(lambda hit: b"+%02X" % hit[0][0], octets)
