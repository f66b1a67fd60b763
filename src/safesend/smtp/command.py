"""The only place that makes a command line.

Every argument is matched as a whole against what may stand there, so that nothing given
from outside can end a line early, add a parameter or name a second mailbox.
"""

from __future__ import annotations

import base64
import functools
import re

from safesend.errors import LocalProtocolError
from safesend.smtp.capabilities import Capabilities

__all__ = [
    "DATA",
    "NOOP",
    "QUIT",
    "RSET",
    "STARTTLS",
    "auth",
    "bdat",
    "check_name",
    "ehlo",
    "helo",
    "lhlo",
    "mail",
    "mail_parameters",
    "rcpt",
    "response",
]

DATA = b"DATA\r\n"
NOOP = b"NOOP\r\n"
QUIT = b"QUIT\r\n"
RSET = b"RSET\r\n"
STARTTLS = b"STARTTLS\r\n"

_PATH = 256  # RFC 5321 section 4.5.3.1.3, angle brackets included
_AUTH_LINE = 12288  # RFC 4954 section 4, CRLF included

# RFC 5321 section 4.1.2, Mailbox: Dot-string or Quoted-string, "@", Domain or literal.
# No source route, no comment, no list; octets above 127 are for SMTPUTF8 (RFC 6531).
# A bracket inside a quoted string is allowed there and refused here: a lax server might
# take it for the end of the path.
_MAILBOX = re.compile(
    r"(?:[^\x00-\x20\x7f-\x9f()<>\[\]:;@\\,\"]+"
    r"|\"(?:[^\x00-\x1f\x7f-\x9f\"\\<>]|\\[\x20-\x3b\x3d\x3f-\x7e])*\")"
    r"@(?:[^\x00-\x2c\x2f\x3a-\x40\x5b-\x60\x7b-\x9f]+"
    r"|\[[^\x00-\x20\x7f-\U0010ffff\[\]\\<>]+\])"
)
_NAME = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,253}[A-Za-z0-9])?|\[[A-Za-z0-9:.]+\]"
)
_MECHANISM = re.compile(r"[A-Z0-9_-]{1,20}")


def ehlo(name: str) -> bytes:
    """EHLO; `name` is a domain or an address literal, always ASCII."""
    return b"EHLO %b\r\n" % check_name(name)


def helo(name: str) -> bytes:
    """HELO, for a server that knows no EHLO."""
    return b"HELO %b\r\n" % check_name(name)


def lhlo(name: str) -> bytes:
    """EHLO's place in LMTP (RFC 2033 section 4.1)."""
    return b"LHLO %b\r\n" % check_name(name)


def check_name(name: str) -> bytes:
    """The name we greet with; `LocalProtocolError` if it is not one."""
    if _NAME.fullmatch(name) is None:
        raise LocalProtocolError(
            "the name for EHLO must be a host name or a literal like [192.0.2.1]"
        )
    return name.encode("ascii")


def mail(
    sender: str, parameters: str = "", envid: bytes = b"", *, utf8: bool = False
) -> bytes:
    """MAIL FROM, with what `mail_parameters` and `dsn.envid` gave.

    An empty sender is the null path.
    """
    return b"%b%b\r\n" % (_mail(sender, parameters, utf8), envid)


@functools.lru_cache(maxsize=1024)
def _mail(sender: str, parameters: str, utf8: bool) -> bytes:  # noqa: FBT001
    if sender:
        _check_mailbox(sender)
    return _octets(f"MAIL FROM:<{sender}>{parameters}", utf8=utf8)


def mail_parameters(
    capabilities: Capabilities, size: int, *, utf8: bool, eightbit: bool
) -> str:
    """What follows the path of MAIL: what is needed and the server knows."""
    parameters = f" SIZE={size}" if capabilities.takes_size else ""
    if capabilities.dsn:
        parameters += " RET=HDRS"  # RFC 3461 section 4.3: no letter inside a bounce
    if eightbit:
        parameters += " BODY=8BITMIME"
    if utf8:
        parameters += " SMTPUTF8"
    if capabilities.tls_path:
        parameters += " REQUIRETLS"  # RFC 8689 section 2
    return parameters


def rcpt(recipient: str, wishes: bytes = b"", *, utf8: bool = False) -> bytes:
    """RCPT TO one mailbox, with what `dsn.notify` and `dsn.orcpt` gave."""
    _check_mailbox(recipient)
    return b"%b%b\r\n" % (_octets(f"RCPT TO:<{recipient}>", utf8=utf8), wishes)


def bdat(size: int) -> bytes:
    """All of a letter as one chunk, whose octets follow (RFC 3030 section 2)."""
    return b"BDAT %d LAST\r\n" % size


def auth(mechanism: str, initial: bytes | None = None) -> bytes:
    """AUTH, with an initial response if there is one (RFC 4954 section 4)."""
    if _MECHANISM.fullmatch(mechanism) is None:
        raise LocalProtocolError("this is not the name of a SASL mechanism")
    if initial is None:
        return b"AUTH %b\r\n" % mechanism.encode()
    # RFC 4954 section 4: an empty initial response is written as an equals sign.
    encoded = base64.b64encode(initial) or b"="
    return _bounded(b"AUTH %b %b\r\n" % (mechanism.encode(), encoded))


def response(answer: bytes) -> bytes:
    """The answer to a challenge of the server (334)."""
    return _bounded(base64.b64encode(answer) + b"\r\n")


def _bounded(line: bytes) -> bytes:
    if len(line) > _AUTH_LINE:
        raise LocalProtocolError("the password or token is too long for AUTH")
    return line


def _check_mailbox(mailbox: str) -> None:
    if _MAILBOX.fullmatch(mailbox) is None:
        raise LocalProtocolError("a path must hold exactly one mailbox")
    octets = mailbox if mailbox.isascii() else mailbox.encode("utf-8", "replace")
    if len(octets) + 2 > _PATH:
        raise LocalProtocolError("a mailbox is longer than SMTP allows (254 octets)")


def _octets(text: str, *, utf8: bool) -> bytes:
    try:
        return text.encode("utf-8" if utf8 else "ascii")
    except UnicodeEncodeError:
        reason = "an address that is not ASCII needs SMTPUTF8 (RFC 6531)"
    raise LocalProtocolError(reason)
