"""A letter as this room knows it, and what is prepared of it before MAIL."""

from __future__ import annotations

from typing import NamedTuple

from safesend.delivery import Refused, Stage
from safesend.errors import LocalProtocolError
from safesend.smtp import command
from safesend.smtp.capabilities import Capabilities
from safesend.smtp.content import Stuffer

__all__ = ["Letter", "Prepared", "prepare"]


class Letter(NamedTuple):
    """One message for one mailbox. There is no way to name a second one.

    `size` counts octets as they are before dot-stuffing (RFC 1870 section 6.1);
    `utf8`: an address or a header needs SMTPUTF8.
    """

    sender: str
    recipient: str
    segments: tuple[bytes, ...]
    size: int
    utf8: bool = False

    def __repr__(self) -> str:
        return f"Letter(size={self.size}, utf8={self.utf8})"


class Prepared(NamedTuple):
    """A letter that the server can take, as bytes."""

    mail: bytes
    rcpt: bytes
    pieces: tuple[bytes, ...]

    def __repr__(self) -> str:
        return "Prepared(...)"


def prepare(
    letter: Letter, capabilities: Capabilities, stuffer: Stuffer
) -> Prepared | Refused:
    """The letter's commands and content, or why this server cannot be given it.

    A refusal is ours: no byte was written and no code came from the server.
    """
    refusal = _unfit(letter, capabilities)
    if refusal is not None:
        return refusal
    sender, recipient, segments, size, utf8 = letter
    try:
        pieces, eightbit = stuffer.content(segments)
        if eightbit and not capabilities.eightbitmime:
            return _NO_EIGHTBIT
        parameters = command.mail_parameters(
            capabilities, size, utf8=utf8, eightbit=eightbit
        )
        mail = command.mail(sender, parameters, utf8=utf8)
        return Prepared(mail, command.rcpt(recipient, utf8=utf8), pieces)
    except LocalProtocolError as error:
        return Refused(Stage.COMPOSE, text=f"nothing was sent: {error}")


# RFC 6152 section 3: eight-bit content goes only to a server that says 8BITMIME.
_NO_EIGHTBIT = Refused(
    Stage.MAIL,
    enhanced="5.6.3",
    text="the message has eight-bit content and the server does not offer 8BITMIME",
)
# RFC 6531 section 3.6.
_NO_UTF8 = Refused(
    Stage.MAIL,
    enhanced="5.6.7",
    text="the address needs SMTPUTF8 and the server does not offer it",
)


def _unfit(letter: Letter, capabilities: Capabilities) -> Refused | None:
    if letter.utf8 and not capabilities.smtputf8:
        return _NO_UTF8
    limit = capabilities.size
    if limit is not None and letter.size > limit:
        text = f"the message has {letter.size} octets, the server's limit is {limit}"
        return Refused(Stage.MAIL, enhanced="5.3.4", text=text)
    return None
