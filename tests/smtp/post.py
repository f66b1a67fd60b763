"""A post office in memory: a server as a pure function, and a line to it.

`Office` reads what a conversation writes and answers by rules; it shares no code with
`safesend.smtp`. `hold` runs a conversation against it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import attrs

from safesend.delivery import Outcome
from safesend.smtp import (
    ConnectionLost,
    Conversation,
    Exchange,
    Letter,
    Reply,
    SmtpSession,
    StartTls,
)
from safesend.smtp.reply import CLOSING

__all__ = [
    "BODY",
    "Handed",
    "Office",
    "answer",
    "confused",
    "hold",
    "letter",
    "letters",
    "said",
    "send",
]

T = TypeVar("T")
BODY = b"Subject: hello\r\n\r\nDear reader\r\n"


@attrs.define
class Handed:
    """A message that the office took."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes


def answer(text: str) -> Reply:
    """`"550 5.1.1 no such user"` as a reply."""
    code, _, rest = text.partition(" ")
    enhanced, _, words = rest.partition(" ")
    if re.fullmatch(r"\d\.\d+\.\d+", enhanced):
        return Reply(int(code), enhanced, (words,))
    return Reply(int(code), None, (rest,))


def letter(recipient: str = "ada@example.org", **changes: Any) -> Letter:
    """A letter that nobody minds."""
    given = {"sender": "news@example.org", "segments": (BODY,), "size": len(BODY)}
    return Letter(recipient=recipient, **{**given, **changes})


def letters(count: int) -> list[Letter]:
    """So many letters, each to somebody else and with other content."""
    made = []
    for at in range(count):
        body = BODY + b"number %d\r\n" % at
        made.append(letter(f"p{at}@example.org", segments=(body,), size=len(body)))
    return made


@attrs.define
class Office:
    """Answers commands; `rules` may answer instead: (verb, argument) -> text or None.

    `forgets` False: recipients pile up until RSET, as with the worst of servers.
    `cuts_after`: the line is cut after so many octets of ours.
    `mute_after`: it is cut once so many replies were written.
    """

    rules: Callable[[str, str], str | None] = lambda _verb, _argument: None
    forgets: bool = True
    cuts_after: int | None = None
    mute_after: int | None = None
    handed: list[Handed] = attrs.Factory(list)
    lines: list[str] = attrs.Factory(list)
    received: bytes = b""
    written: int = 0
    _sender: str | None = None
    _recipients: list[str] = attrs.Factory(list)
    _content: bytes | None = None
    _chunk: int | None = None
    _rest: bytes = b""

    def read(self, wire: bytes) -> list[Reply]:
        """The replies to these bytes; raises `ConnectionLost` where the line is cut."""
        left = len(wire)
        if self.cuts_after is not None:
            left = min(left, max(0, self.cuts_after - len(self.received)))
        self.received += wire[:left]
        replies: list[Reply] = []
        self._rest += wire[:left]
        while (reply := self._step()) is not None:
            replies += reply
            if replies and replies[-1].code == CLOSING:
                return replies
        if left < len(wire) or self._is_mute(replies):
            raise ConnectionLost("the line was cut", replies=replies)
        return replies

    def _is_mute(self, replies: list[Reply]) -> bool:
        self.written += len(replies)
        if self.mute_after is None or self.written <= self.mute_after:
            return False
        del replies[len(replies) - (self.written - self.mute_after) :]
        return True

    def _step(self) -> list[Reply] | None:
        if self._chunk is not None:
            if len(self._rest) < self._chunk:
                return None
            size, self._chunk = self._chunk, None
            self._content, self._rest = self._rest[:size], self._rest[size:]
            return [self._end("BDAT")]
        if b"\r\n" not in self._rest:
            return None
        line, _, self._rest = self._rest.partition(b"\r\n")
        return list(self._line(line))

    def _line(self, line: bytes) -> Iterator[Reply]:
        if self._content is None and line.startswith(b"BDAT "):
            size = re.fullmatch(r"BDAT (\d+) LAST", line.decode())[1]
            self.lines.append(line.decode())
            self._chunk = int(size)
        elif self._content is None:
            yield self._command(line.decode())
        elif line == b".":
            yield self._end()
        else:
            self._content += line.removeprefix(b".") + b"\r\n"

    def _command(self, line: str) -> Reply:
        self.lines.append(line)
        verb, _, rest = line.partition(" ")
        said = self.rules(verb, rest)
        reply = answer(said or {"DATA": "354 go on"}.get(verb, "250 2.0.0 fine"))
        if reply.code // 100 == 2:
            self._obey(verb, rest)
        elif reply.code == 354:
            self._content = b""
        return reply

    def _obey(self, verb: str, rest: str) -> None:
        path = rest[rest.find("<") + 1 : rest.rfind(">")]
        if verb == "RSET":
            self._sender, self._recipients = None, []
        elif verb == "MAIL":
            self._sender = path
        elif verb == "RCPT":
            self._recipients.append(path)

    def _end(self, verb: str = ".") -> Reply:
        content, self._content = self._content or b"", None
        usual = "250 2.0.0 taken" if verb == "." or self._recipients else "554 no"
        reply = answer(self.rules(verb, ",".join(self._recipients)) or usual)
        if reply.code // 100 == 2 and self._recipients:
            one = Handed(self._sender or "", tuple(self._recipients), content)
            self.handed.append(one)
        if self.forgets:
            self._sender, self._recipients = None, []
        return reply


def hold(conversation: Conversation[T], office: Office) -> T:
    """Run a conversation against an office, as a driver would."""
    lost: ConnectionLost | None = None
    try:
        step = next(conversation)
        while True:
            assert not isinstance(step, StartTls)
            given = lost or _carried(step, office)
            if isinstance(given, list):
                step = conversation.send(given)
            else:
                # From here on nothing leaves any more.
                lost = ConnectionLost(given.reason, finished=False)
                step = conversation.throw(given)
    except StopIteration as end:
        return end.value


def _carried(step: Exchange, office: Office) -> list[Reply] | ConnectionLost:
    wire = step.wire if isinstance(step.wire, bytes) else b"".join(step.wire)
    try:
        replies = office.read(wire)
    except ConnectionLost as error:
        return error
    assert len(replies) == step.replies or replies[-1].code == CLOSING
    return replies


def said(steps: Iterable[list[Reply] | Exception], conversation: Conversation[T]) -> T:
    """Answer step after step with these, whatever is asked."""
    step = next(conversation)
    assert step is not None
    try:
        for given in steps:
            if isinstance(given, Exception):
                conversation.throw(given)
            else:
                conversation.send(given)
    except StopIteration as end:
        return end.value
    raise AssertionError("the conversation wants more")


def send(session: Any, office: Office, post: Iterable[Letter]) -> list[Outcome]:
    """What came of the letters."""
    outcomes: list[Outcome] = []
    hold(session.deliver(iter(post), outcomes.append), office)
    return outcomes


def confused(
    session: SmtpSession, codes: Iterable[int], number: int
) -> tuple[list[Letter], list[Outcome]]:
    """What a session takes of so many letters, and tells, where these codes come back.

    Whatever was asked; 500 after the last one, and nothing more in a group after 421.
    """
    outcomes: list[Outcome] = []
    taken: list[Letter] = []

    def post() -> Iterator[Letter]:
        for one in letters(number):
            taken.append(one)
            yield one

    coming = itertools.chain(codes, itertools.repeat(500))
    conversation = session.deliver(post(), outcomes.append)
    try:
        step = next(conversation)
        while True:
            assert isinstance(step, Exchange)
            replies: list[Reply] = []
            while len(replies) < step.replies and CLOSING not in [
                reply.code for reply in replies
            ]:
                replies.append(answer(str(next(coming))))
            step = conversation.send(replies)
    except StopIteration:
        return taken, outcomes
