"""What the server said of itself in answer to EHLO."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from safesend.smtp.reply import Reply

__all__ = ["Capabilities"]


@attrs.frozen
class Capabilities:
    """What may be used with this server. After a mere HELO: nothing."""

    pipelining: bool = False
    """RFC 2920."""
    starttls: bool = False
    """RFC 3207."""
    eightbitmime: bool = False
    """RFC 6152."""
    smtputf8: bool = False
    """RFC 6531."""
    dsn: bool = False
    """RFC 3461."""
    chunking: bool = False
    """RFC 3030."""
    requiretls: bool = False
    """RFC 8689."""
    tls_path: bool = False
    """Whether every MAIL asks for it; not for a server to say."""
    enhanced_codes: bool = False
    """RFC 2034."""
    size: int | None = None
    """Octets that a message may have (RFC 1870); None when no limit is known."""
    takes_size: bool = False
    """Whether MAIL may say SIZE=."""
    auth: tuple[str, ...] = ()
    """SASL mechanisms (RFC 4954), upper case, in the server's order."""
    mailmax: int | None = None
    """Transactions in one session (RFC 9422)."""
    rcptmax: int | None = None
    rcptdomainmax: int | None = None

    @classmethod
    def from_ehlo(cls, reply: Reply) -> Capabilities:
        """Read a 250 to EHLO; what is not understood is left out."""
        said = _keywords(reply.lines[1:])
        limits = _limits(said.get("LIMITS", ()))
        size = _number(said.get("SIZE", ("",))[:1])
        return cls(
            pipelining="PIPELINING" in said,
            starttls="STARTTLS" in said,
            eightbitmime="8BITMIME" in said,
            smtputf8="SMTPUTF8" in said,
            dsn="DSN" in said,
            chunking="CHUNKING" in said,
            requiretls="REQUIRETLS" in said,
            enhanced_codes="ENHANCEDSTATUSCODES" in said,
            size=size or None,  # RFC 1870 section 4: zero means that none is set
            takes_size="SIZE" in said,
            auth=tuple(dict.fromkeys(said.get("AUTH", ()))),
            mailmax=limits.get("MAILMAX"),
            rcptmax=limits.get("RCPTMAX"),
            rcptdomainmax=limits.get("RCPTDOMAINMAX"),
        )


def _keywords(lines: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    said: dict[str, tuple[str, ...]] = {}
    for line in lines:
        # Servers of old wrote "AUTH=LOGIN PLAIN" for a mailer that knew no better.
        words = line.upper().replace("AUTH=", "AUTH ", 1).split()
        if words:
            said[words[0]] = (*said.get(words[0], ()), *words[1:])
    return said


def _limits(words: tuple[str, ...]) -> Mapping[str, int]:
    # RFC 9422 section 4: name=value; a value that is no number above 0 is ignored.
    pairs = (word.partition("=") for word in words)
    read = {name: _number((value,)) for name, _, value in pairs}
    return {name: value for name, value in read.items() if value}


def _number(words: tuple[str, ...]) -> int | None:
    text = words[0] if words else ""
    # RFC 1870 section 3: at most 20 digits.
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 20 else None  # noqa: PLR2004
