"""A letter as this room knows it, and what is prepared of it before MAIL."""

from __future__ import annotations

from typing import NamedTuple

from safesend.delivery import Refused, Stage
from safesend.errors import LocalProtocolError
from safesend.smtp import command, dsn
from safesend.smtp.capabilities import Capabilities
from safesend.smtp.content import Stuffer

__all__ = ["Letter", "Prepared", "prepare"]


class Letter(NamedTuple):
    """One message for one mailbox. There is no way to name a second one.

    `size` counts octets as they are before dot-stuffing (RFC 1870 section 6.1);
    `utf8`: an address or a header needs SMTPUTF8. `identity` is what a report on this
    letter is to name, the same on every attempt; it says nothing about anybody.
    """

    sender: str
    recipient: str
    segments: tuple[bytes, ...]
    size: int
    utf8: bool = False
    identity: str = ""

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
    letter: Letter,
    capabilities: Capabilities,
    stuffer: Stuffer,
    notify: str | None = None,
) -> Prepared | Refused:
    """The letter's commands and content, or why this server cannot be given it.

    A refusal is ours: no byte was written and no code came from the server. `notify`
    is what a server that offers DSN is asked to report; None: no more than it likes.
    """
    refusal = _unfit(letter, capabilities)
    if refusal is not None:
        return refusal
    sender, recipient, segments, size, utf8, identity = letter
    try:
        pieces, eightbit = stuffer.content(segments)
        if eightbit and not capabilities.eightbitmime:
            return _NO_EIGHTBIT
        parameters = command.mail_parameters(
            capabilities, size, utf8=utf8, eightbit=eightbit
        )
        envid = wishes = b""
        if notify is not None and capabilities.dsn:
            envid = dsn.envid(identity)
            wishes = dsn.notify(notify) + dsn.orcpt(recipient)
        mail = command.mail(sender, parameters, envid, utf8=utf8)
        rcpt = command.rcpt(recipient, wishes, utf8=utf8)
        return Prepared(mail, rcpt, pieces)
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
