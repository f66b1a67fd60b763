"""The transactions of one call: one person in each.

Where the server offers PIPELINING and the call is an ordinary one, `safesend.smtp` has
the conversation; else the standard class does, once for each person.
"""

from __future__ import annotations

import functools
import re
import smtplib
from collections.abc import Collection, Iterator, Mapping, Sequence

import attrs

from safesend.delivery import Accepted, InDoubt, NotSent, Outcome, Stage
from safesend.errors import AddressError, LocalProtocolError
from safesend.message.mailbox_list import mailboxes
from safesend.smtp import command
from safesend.smtp.letter import Letter
from safesend.smtp.reply import CLOSING
from safesend.smtp.session import SmtpSession
from safesend.smtp.verdict import failure
from safesend.smtplib.driver import (
    Heard,
    RawReply,
    carry,
    session_for,
    taken,
    tried,
)
from safesend.smtplib.exceptions import SMTPInDoubt
from safesend.smtplib.fates import Fates

__all__ = ["Call", "Lines"]

_SIZE = re.compile(r"size=[0-9]+")
_ORDINARY = frozenset({"smtputf8", "body=8bitmime"})
# Whoever changes one of these in a subclass or on an object wants it to be used.
_COMMANDS = frozenset({"mail", "rcpt", "data", "rset", "docmd", "putcmd"})
_OURS = frozenset({"smtplib", "safesend.smtplib.client"})
_TOO_LONG = "the server wrote a line that is too long"
_NO_REPLY = "the server's answer is no reply; the line was given up"
_NO_RSET = "the server refuses RSET; the line was given up"
_TAKEN = Accepted(Stage.CONTENT)


@attrs.frozen
class Call:
    """What was asked: a copy for each mailbox, and how it was put."""

    sender: str
    copies: Mapping[str, tuple[bytes, ...]] = attrs.field(repr=False)
    given: Mapping[str, list[str]] = attrs.field(repr=False)
    """The words for each mailbox, which are the keys of what is answered."""
    mail_options: tuple[str, ...] = ()
    rcpt_options: tuple[str, ...] = ()

    @property
    def utf8(self) -> bool:
        """Whether SMTPUTF8 is asked for."""
        return any(option.lower() == "smtputf8" for option in self.mail_options)


@attrs.define
class Lines:
    """What is remembered of a client's line between its calls."""

    spoken: bool = False
    """Whether a transaction was begun on it."""
    _features: dict[str, str] = attrs.field(factory=dict)
    _session: SmtpSession | None = None

    def transact(self, client: smtplib.SMTP, call: Call, fates: Fates) -> None:
        """Send to one after the other, until all are through or the line ends."""
        sender = _ordinary(client, call)
        if sender is None:
            self._in_turn(client, call, fates)
        else:
            self._pipelined(client, call, sender, fates)

    def _pipelined(
        self, client: smtplib.SMTP, call: Call, sender: str, fates: Fates
    ) -> None:
        self.spoken = True
        session = self._session_of(client)
        heard: Sequence[Heard] = ()
        if len(call.copies) == 1:
            [mailbox] = call.copies
            heard = tried(client, session, _letter(call, sender, mailbox))
            if taken(heard):
                _note(call, fates, mailbox, _TAKEN)
                return
        due = iter(call.copies)
        letters = _letters(call, sender, fates)
        carry(
            client,
            session.deliver(letters, lambda x: _note(call, fates, next(due), x)),
            heard,
        )
        if session.broken:
            client.close()
        elif fates.unfinished:
            _reset(client)

    def _session_of(self, client: smtplib.SMTP) -> SmtpSession:
        features = client.esmtp_features
        session = self._session
        if session is None or session.broken or features != self._features:
            session = self._session = session_for(features)
            self._features = dict(features)
        return session

    def _in_turn(self, client: smtplib.SMTP, call: Call, fates: Fates) -> None:
        for mailbox, segments in call.copies.items():
            outcome = self._clean(client)
            if outcome is None:
                outcome = _lockstep(client, call, mailbox, b"".join(segments))
            _note(call, fates, mailbox, outcome)
            if client.sock is None or fates.hopeless:
                break

    def _clean(self, client: smtplib.SMTP) -> Outcome | None:
        """RSET, unless the line is new: no server keeps a recipient beyond it (L25)."""
        if not self.spoken:
            self.spoken = True
            return None
        try:
            code, text = client.rset()
        except smtplib.SMTPServerDisconnected as lost:
            return NotSent(Stage.MAIL, text=str(lost))
        except smtplib.SMTPResponseException:
            client.close()
            return NotSent(Stage.MAIL, text=_TOO_LONG)
        if 200 <= code < 300:  # noqa: PLR2004
            return None
        client.close()
        raw = text.decode("latin-1")
        return NotSent(Stage.MAIL, code, text=raw or _NO_RSET)


def _ordinary(client: smtplib.SMTP, call: Call) -> str | None:
    """The bare sender when the pipelined conversation may carry this call."""
    if not (client.does_esmtp and client.has_extn("pipelining")):
        return None
    if call.rcpt_options or not _untouched(client):
        return None
    for option in map(str.lower, call.mail_options):
        if option not in _ORDINARY and not _SIZE.fullmatch(option):
            return None
    if call.utf8 and not client.has_extn("smtputf8"):
        return None
    if not (client.has_extn("8bitmime") or _seven_bit(call.copies.values())):
        return None
    return _written(call)


def _written(call: Call) -> str | None:
    """The sender, if it and all recipients can stand in our commands."""
    try:
        sender = _bare(call.sender)
        command.mail(sender, utf8=call.utf8)
        for mailbox in call.copies:
            command.rcpt(mailbox, utf8=call.utf8)
    except (AddressError, LocalProtocolError):
        return None
    return sender


@functools.lru_cache(maxsize=64)
def _bare(sender: str) -> str:
    if sender in {"", "<>"}:
        return ""
    found = mailboxes(sender)
    if len(found) != 1:
        raise AddressError("the sender is not one mailbox")
    return found[0].address


def _untouched(client: smtplib.SMTP) -> bool:
    own = vars(client).keys()
    return _standard(type(client)) and own.isdisjoint(_COMMANDS)  # type: ignore[arg-type]


@functools.cache
def _standard(kind: type[smtplib.SMTP]) -> bool:
    owners = (
        next(one for one in kind.__mro__ if name in vars(one)) for name in _COMMANDS
    )
    return all(owner.__module__ in _OURS for owner in owners)


def _seven_bit(copies: Collection[tuple[bytes, ...]]) -> bool:
    return all(segment.isascii() for segments in copies for segment in segments)


def _letters(call: Call, sender: str, fates: Fates) -> Iterator[Letter]:
    for mailbox in call.copies:
        if fates.hopeless:
            return
        yield _letter(call, sender, mailbox)


def _letter(call: Call, sender: str, mailbox: str) -> Letter:
    segments = call.copies[mailbox]
    return Letter(sender, mailbox, segments, sum(map(len, segments)), call.utf8)


def _note(call: Call, fates: Fates, mailbox: str, outcome: Outcome) -> None:
    for given in call.given[mailbox]:
        fates.note(given, outcome)


def _reset(client: smtplib.SMTP) -> None:
    """As the standard class after a refusal: what is lost now is told at the next."""
    try:
        client.rset()
    except smtplib.SMTPServerDisconnected:
        return
    except smtplib.SMTPResponseException:
        client.close()


def _lockstep(client: smtplib.SMTP, call: Call, mailbox: str, octets: bytes) -> Outcome:
    """One transaction as the standard class has it."""
    try:
        smtplib.SMTP.sendmail(
            client, call.sender, [mailbox], octets, call.mail_options, call.rcpt_options
        )
    except smtplib.SMTPRecipientsRefused as refused:
        return _refused(client, Stage.RCPT, *refused.recipients[mailbox])
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as refused:
        at_mail = isinstance(refused, smtplib.SMTPSenderRefused)
        stage = Stage.MAIL if at_mail else Stage.CONTENT
        return _refused(client, stage, refused.smtp_code, refused.smtp_error)
    except SMTPInDoubt as doubt:
        return InDoubt(text=str(doubt))
    except smtplib.SMTPServerDisconnected as lost:
        return NotSent(Stage.MAIL, text=str(lost))
    except smtplib.SMTPResponseException:
        client.close()
        return NotSent(Stage.MAIL, text=_TOO_LONG)
    return Accepted()


def _refused(
    client: smtplib.SMTP, stage: Stage, code: int, text: bytes | str
) -> Outcome:
    raw = text if isinstance(text, str) else text.decode("latin-1")
    if stage is Stage.CONTENT and 200 <= code < 300:  # noqa: PLR2004
        # The standard class knows 250 only; any 2xx has taken the message.
        return Accepted(stage, code, text=raw)
    if not 400 <= code < 600:  # noqa: PLR2004  its next words may answer anything (L26)
        client.close()
        return NotSent(stage, text=_NO_REPLY)
    if code == CLOSING:
        client.close()
    return failure(stage, RawReply(code, None, (), raw))
