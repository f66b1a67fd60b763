"""Letters over an open line, one recipient a transaction.

With PIPELINING (RFC 2920) the end of a letter and the opening of the next leave as one
group, ``content . RSET MAIL RCPT DATA``: one round trip a letter. The content of a
letter is written only after its own 354, so that however the line ends, at most one
letter is in doubt. Without PIPELINING each command waits for its reply.

RSET stands before every MAIL, whatever went before: a server that keeps a recipient
longer than it should would otherwise give one person the letter of another (L25).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

from safesend.delivery import NotSent, Outcome, Refused, Stage
from safesend.smtp import command, verdict
from safesend.smtp.capabilities import Capabilities
from safesend.smtp.content import NOTHING, Stuffer
from safesend.smtp.dsn import NOTIFY
from safesend.smtp.exchange import (
    ConnectionLost,
    Conversation,
    Exchange,
    Step,
    Timeouts,
)
from safesend.smtp.letter import Letter, Prepared, prepare
from safesend.smtp.reply import Reply
from safesend.smtp.verdict import all_well

__all__ = ["Emit", "SmtpSession"]

Emit = Callable[[Outcome], None]
_Silent = Generator[Step, list[Reply], None]

_OPENING = "RSET, MAIL, RCPT, DATA"
_OUT_OF_STEP = "the server's replies do not fit the commands; the line was given up"
_HANGS_UP = "the server ended the session (421)"
_NO_RSET = "the server refuses RSET; the line was given up"
_HELD_BACK = "the run's lease ended before the content left; the line was given up"
_SENSELESS = "the server refuses MAIL and takes the rest; the line was given up"


class SmtpSession:
    """What is known of one open line. Conversations run one at a time.

    `notify` is what a server that offers DSN is asked to report (`dsn.read_notify`).
    `usable`: whether `deliver` may be called (again). `broken` says why the line must
    not be written to any more, not even QUIT; empty while it may. `may_go` is asked
    before the content of a letter leaves: where it says no, the letter is not sent and
    the session ends.
    """

    def __init__(
        self,
        capabilities: Capabilities,
        *,
        timeouts: Timeouts | None = None,
        max_messages: int | None = None,
        notify: str | None = NOTIFY,
    ) -> None:
        self.capabilities = capabilities
        self._notify = notify
        self.timeouts = Timeouts() if timeouts is None else timeouts
        self.broken = ""
        self.may_go: Callable[[], bool] = _always
        self._finished = True  # False once the end of a letter surely never left
        self._stuffer = Stuffer()
        limits = (max_messages, capabilities.mailmax)
        self._left = min((n for n in limits if n is not None), default=None)

    @property
    def usable(self) -> bool:
        """Whether another letter may be begun here."""
        return not self.broken and self._left != 0

    def deliver(self, letters: Iterator[Letter], emit: Emit) -> _Silent:
        """Send letters until there are no more or the session ends.

        `emit` is called once for each letter taken, in the order in which they were
        taken. At most one letter is taken ahead of the one that is being sent.
        """
        if self.capabilities.pipelining:
            return self._pipelined(letters, emit)
        return self._lockstep(letters, emit)

    def check(self) -> _Silent:
        """NOOP: sees whether a line that lay idle still stands."""
        wait = min(self.timeouts.command, 30.0)
        replies = yield from self._exchange(Exchange(command.NOOP, "NOOP", 1, wait))
        if not self.broken and not replies[0].positive:
            self.broken = "the server refuses NOOP"

    def quit(self) -> _Silent:
        """Say goodbye (RFC 5321 section 4.1.1.10); whatever is answered is right."""
        if not self.broken:
            wait = min(self.timeouts.command, 5.0)
            yield from self._exchange(Exchange(command.QUIT, "QUIT", 1, wait))
            self.broken = "the session is over"

    def _pipelined(self, letters: Iterator[Letter], emit: Emit) -> _Silent:
        body: tuple[bytes, ...] = ()
        owed = False  # whether the outcome of `body` is still to be told
        while not (self.broken or (owed and self._held_back(emit))):
            following = self._take(letters)
            if not (body or isinstance(following, Prepared)):
                if following is None:
                    return
                emit(following)
                continue
            try:
                replies = yield self._group(body, following)
            except ConnectionLost as lost:
                replies = self._lost(lost)
            else:
                if owed and isinstance(following, Prepared) and all_well(replies):
                    emit(verdict.accepted(replies[0]))
                    body = following.pieces
                    continue
            replies = self._believed(replies, content=bool(body))
            if body:
                replies = yield from self._counted(replies)
            if owed:
                emit(self._ended(replies))
            body, outcome = self._opened(replies[1:] if body else replies, following)
            owed = outcome is None
            if outcome is not None:
                emit(outcome)

    def _lockstep(self, letters: Iterator[Letter], emit: Emit) -> _Silent:
        while (letter := self._take(letters)) is not None:
            if isinstance(letter, Prepared):
                emit((yield from self._one(letter)))
            else:
                emit(letter)

    def _one(self, letter: Prepared) -> Conversation[Outcome]:
        replies = self._believed((yield from self._open(letter)), content=False)
        body, outcome = self._opened(replies, letter)
        if outcome is not None:
            return outcome
        if not self.may_go():
            return self._stopped()
        step = Exchange(body, "content", 1, self.timeouts.content)
        replies = yield from self._exchange(step)
        replies = self._believed(replies, content=True)
        return self._ended((yield from self._counted(replies)))

    def _open(self, letter: Prepared) -> Conversation[list[Reply]]:
        """RSET, MAIL, RCPT, DATA, each after the reply to the one before."""
        wait = self.timeouts.command
        steps = (
            Exchange(command.RSET, "RSET", 1, wait),
            Exchange(letter.mail, "MAIL", 1, wait),
            Exchange(letter.rcpt, "RCPT", 1, wait),
            Exchange(command.DATA, "DATA", 1, self.timeouts.data),
        )
        replies: list[Reply] = []
        for step in steps:
            replies += yield from self._exchange(step)
            if self.broken or not replies[-1].positive:
                break
        return replies

    def _exchange(self, step: Exchange) -> Conversation[list[Reply]]:
        """The replies; when the line ends, those that came, and `broken` is set."""
        try:
            replies = yield step
        except ConnectionLost as lost:
            return self._lost(lost)
        return replies

    def _lost(self, lost: ConnectionLost) -> list[Reply]:
        self.broken, self._finished = lost.reason, lost.finished
        return list(lost.replies)

    def _take(self, letters: Iterator[Letter]) -> Prepared | Refused | None:
        left = self._left
        if self.broken or left == 0 or (letter := next(letters, None)) is None:
            return None
        prepared = prepare(letter, self.capabilities, self._stuffer, self._notify)
        if left is not None and isinstance(prepared, Prepared):
            self._left = left - 1
        return prepared

    def _group(
        self, body: tuple[bytes, ...], following: Prepared | Refused | None
    ) -> Exchange:
        """What leaves at once: the rest of one letter, the opening of the next."""
        wait = self.timeouts.content if body else self.timeouts.command
        if not isinstance(following, Prepared):
            return Exchange(body, "content", 1, wait)
        mail, rcpt = following.mail, following.rcpt
        if not body:
            wire = b"".join((command.RSET, mail, rcpt, command.DATA))
            return Exchange(wire, _OPENING, 4, wait)
        last = b"".join((body[-1], command.RSET, mail, rcpt, command.DATA))
        return Exchange((*body[:-1], last), f"content, {_OPENING}", 5, wait)

    def _believed(self, replies: list[Reply], *, content: bool) -> list[Reply]:
        """The replies if they can belong to the commands, else none of them."""
        if not self._finished:
            return replies[:1]  # the server spoke in the middle of the content
        if not verdict.in_step(replies, content=content):
            self.broken = _OUT_OF_STEP
            return []
        if verdict.closing(replies):
            self.broken = self.broken or _HANGS_UP
        return replies

    def _counted(self, replies: list[Reply]) -> Conversation[list[Reply]]:
        """The replies to a content and what left with it, if they are all."""
        yield from ()
        return replies

    def _ended(self, replies: list[Reply]) -> Outcome:
        return verdict.after_content(replies, self.broken, finished=self._finished)

    def _opened(
        self, replies: list[Reply], letter: Prepared | Refused | None
    ) -> tuple[tuple[bytes, ...], Outcome | None]:
        """What is to be written next for this letter, and its outcome if it has one."""
        if not isinstance(letter, Prepared):
            return (), letter
        outcome = verdict.opened(replies, self.broken)
        if outcome is None:
            return letter.pieces, self._too_late()
        if replies and not replies[0].positive:
            self.broken = self.broken or _NO_RSET
        if not verdict.wants_dot(replies):
            return (), outcome
        return self._for_nobody(replies), outcome

    def _for_nobody(self, replies: list[Reply]) -> tuple[bytes, ...]:
        """What ends a transaction that has no recipient and was granted DATA."""
        if replies[2].positive:
            # A recipient without a sender: even an empty letter might go somewhere.
            self.broken = self.broken or _SENSELESS
        return NOTHING

    def _held_back(self, emit: Emit) -> bool:
        """Whether the content that is next may not leave any more, which is told."""
        if self.may_go():
            return False
        emit(self._stopped())
        return True

    def _stopped(self) -> NotSent:
        """A process that did not run for a while: others may have decided meanwhile."""
        self.broken = _HELD_BACK
        return NotSent(Stage.CONTENT, text=_HELD_BACK)

    def _too_late(self) -> NotSent | None:
        """The line ended right after the server granted DATA."""
        return NotSent(Stage.CONTENT, text=self.broken) if self.broken else None


def _always() -> bool:
    return True
