"""Whole transactions in flight: an option, for a relay of one's own.

One write carries ``content . (RSET MAIL RCPT BDAT octets)* RSET MAIL RCPT DATA``: of so
many letters all but one leave whole (RFC 3030), and the last is only opened. Its
content leads the next group. RFC 3030 section 2 has BDAT wait for the replies to MAIL
and RCPT; a relay that takes more, as Postfix does, need not be waited for.

The 354 to DATA is what keeps the letters apart. Replies are paired by counting (RFC
2920 section 3.1), and a server says 250 to RSET, MAIL, RCPT and BDAT alike: after one
reply too many each letter would be told what belongs to its neighbour, and no code
would show it. So a group ends in the one command that is answered otherwise, none that
left whole is believed to be taken before that answer stands in its place, and letters
leave whole only behind a content that was granted so (L26). Where the line ends before,
a refusal counts: one reply too many puts it under a later command of its own letter.

A relay is tried with one letter first. Where that goes wrong the others go, from then
on and over all lines, as if this room did not exist.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence

import attrs

from safesend.delivery import NotSent, Outcome, Refused, Stage
from safesend.smtp import command, verdict
from safesend.smtp.capabilities import Capabilities
from safesend.smtp.content import unstuffed
from safesend.smtp.dsn import NOTIFY
from safesend.smtp.exchange import Conversation, Exchange, Step, Timeouts
from safesend.smtp.letter import Letter, Prepared
from safesend.smtp.reply import CLOSING, Reply
from safesend.smtp.session import Emit, SmtpSession

__all__ = ["ChunkingSession", "Trial"]

_UNANSWERED = 262144
"""Octets that may leave in one group."""
_COPIED = 65536
"""Octets of a letter that goes in one write with others; a larger one goes alone."""

_FOUR = 4  # RSET, MAIL, RCPT, BDAT; or RSET, MAIL, RCPT, DATA
_STAGES = (Stage.MAIL, Stage.RCPT, Stage.CONTENT)
_OK, _GO_AHEAD = 250, 354
# RFC 5321 section 4.2.2: what is refused is the command, not the letter.
_NO_SUCH_COMMAND = range(500, 505)

_OUT_OF_STEP = "the server's replies do not fit the commands; the line was given up"
_HANGS_UP = "the server ended the session (421)"


@attrs.define
class Trial:
    """Whether a relay was seen to take whole transactions; for all lines to it."""

    passed: bool | None = None
    """None: not tried yet."""
    told: bool = False
    """Whether somebody was told that it did not pass."""


@attrs.frozen
class _Group:
    """What leaves in one write, and what was refused here and has its turn then."""

    body: tuple[bytes, ...] = attrs.field(repr=False)
    """The content that the server waits for, if any."""
    taken: Sequence[Prepared | Refused]
    """In their order; those that are prepared leave whole."""
    last: Prepared | None
    behind: Sequence[Refused]

    @property
    def whole(self) -> list[Prepared]:
        """What leaves as BDAT."""
        return [one for one in self.taken if isinstance(one, Prepared)]


class ChunkingSession(SmtpSession):
    """A session that has up to `in_flight` letters unanswered, where it may.

    All of them are in doubt when the line ends before any reply. Without PIPELINING
    and CHUNKING it is the ordinary session.
    """

    def __init__(
        self,
        capabilities: Capabilities,
        *,
        in_flight: int,
        trial: Trial | None = None,
        timeouts: Timeouts | None = None,
        max_messages: int | None = None,
        notify: str | None = NOTIFY,
    ) -> None:
        super().__init__(
            capabilities, timeouts=timeouts, max_messages=max_messages, notify=notify
        )
        self._offered = capabilities.pipelining and capabilities.chunking
        self._in_flight = in_flight
        self._trial = Trial() if trial is None else trial
        self._proved = True  # whether the count of the last group is

    def deliver(
        self, letters: Iterator[Letter], emit: Emit
    ) -> Generator[Step, list[Reply], None]:
        """Send letters until there are no more or the session ends.

        `emit` is called once for each letter taken, in the order in which they were
        taken. At most one letter is taken ahead of those that are being sent.
        """
        if self._offered and self._in_flight > 1:
            return self._in_groups(letters, emit)
        return super().deliver(letters, emit)

    def _in_groups(
        self, letters: Iterator[Letter], emit: Emit
    ) -> Generator[Step, list[Reply], None]:
        body: tuple[bytes, ...] = ()
        owed = False  # whether the outcome of `body` is still to be told
        behind: Sequence[Refused] = ()
        while not (self.broken or (owed and self._held_back(emit))):
            group = self._gathered(letters, body)
            if not (body or group.last or group.behind):
                return
            replies: list[Reply] = []
            if body or group.last:
                replies = yield from self._answers(group)
            if owed:
                emit(self._ended(replies))
            _each(emit, behind)
            settled = bool(body)
            _each(emit, self._fates(replies[settled:], group))
            opening = replies[settled + _FOUR * len(group.whole) :]
            body, outcome = self._opened(opening, group.last)
            body = _joined(body)
            owed, behind = group.last is not None and outcome is None, group.behind
            if outcome is not None:
                emit(outcome)
            if not owed:
                _each(emit, behind)
                behind = ()
        _each(emit, behind)

    # What leaves.

    def _gathered(self, letters: Iterator[Letter], body: tuple[bytes, ...]) -> _Group:
        """Take as many letters as may leave with this content, and one to be opened."""
        room = self._depth() if len(body) == 1 else 1
        octets = _UNANSWERED - sum(map(len, body))
        taken: list[Prepared | Refused] = []
        at = -1
        while len(taken) < room and (one := self._take(letters)) is not None:
            if isinstance(one, Prepared):
                at, size = len(taken), sum(map(len, one.pieces))
                octets -= size
                if octets < 0 or size > _COPIED:
                    room = 0
            taken.append(one)
        behind = [one for one in taken[at + 1 :] if isinstance(one, Refused)]
        last = taken[at] if at >= 0 else None
        assert not isinstance(last, Refused)
        return _Group(body, taken[: max(at, 0)], last, behind)

    def _depth(self) -> int:
        passed = self._trial.passed
        return self._in_flight if passed else 1 if passed is False else 2

    def _answers(self, group: _Group) -> Conversation[list[Reply]]:
        """Write a group; its replies, if they can be believed."""
        replies = self._heard((yield from self._exchange(self._together(group))), group)
        closed = _closed(replies, group)
        self._proved = closed or not self.broken
        if group.whole and self._proved and not closed:
            return (yield from self._confirmed(replies))
        return replies

    def _together(self, group: _Group) -> Exchange:
        parts: list[bytes] = []
        shown = ["content"] if group.body else []
        for letter in group.whole:
            octets = unstuffed(letter.pieces)
            line = command.bdat(len(octets))
            parts += command.RSET, letter.mail, letter.rcpt, line, octets
            shown.append("RSET, MAIL, RCPT, BDAT")
        if group.last is not None:
            parts += command.RSET, group.last.mail, group.last.rcpt, command.DATA
            shown.append("RSET, MAIL, RCPT, DATA")
        end = b"".join((*group.body[-1:], *parts))
        wire = (*group.body[:-1], end) if len(group.body) > 1 else end
        wait = self.timeouts.content if group.body else self.timeouts.command
        return Exchange(wire, ", ".join(shown), _expected(group), wait)

    # What came back.

    def _heard(self, replies: list[Reply], group: _Group) -> list[Reply]:
        """The replies if they can belong to the commands, else none of them."""
        if [reply.code for reply in replies] == _all_well(group):
            return replies
        if not self._finished:
            return replies[:1]  # the server spoke in the middle of the content
        if not _fit(replies, group):
            self.broken = _OUT_OF_STEP
            return []
        if verdict.closing(replies):
            self.broken = self.broken or _HANGS_UP
        return replies

    def _confirmed(self, replies: list[Reply]) -> Conversation[list[Reply]]:
        """The same where no reply was left behind by a DATA that was refused.

        It would come first, and is never positive.
        """
        step = Exchange(command.RSET, "RSET", 1, self.timeouts.command)
        answer = yield from self._exchange(step)
        if verdict.closing(answer):
            self.broken = self.broken or _HANGS_UP
        elif not (answer and answer[0].positive):
            self.broken = self.broken or _OUT_OF_STEP
            return []
        return replies

    def _fates(self, replies: list[Reply], group: _Group) -> list[Outcome]:
        """What became of those that left whole, with what was refused here."""
        fates: list[Outcome] = []
        at = 0
        for one in group.taken:
            if isinstance(one, Refused):
                fates.append(one)
            else:
                fates.append(self._fate(replies[at : at + _FOUR]))
                at += _FOUR
        if at and self._trial.passed is None:
            self._judge_trial(replies[:at])
        return fates

    def _fate(self, four: list[Reply]) -> Outcome:
        if len(four) == _FOUR and four[-1].positive:  # and so were those before it
            if self._proved:
                return verdict.accepted(four[-1])
            return verdict.after_content([], self.broken, finished=self._finished)
        for stage, reply in zip(_STAGES, four[1:], strict=False):
            if reply.positive:
                continue
            if stage is Stage.CONTENT and reply.code in _NO_SUCH_COMMAND:
                self._trial.passed = False
                return NotSent(stage, reply.code, reply.enhanced, reply.text)
            return verdict.failure(stage, reply)
        return verdict.after_content(four[3:], self.broken, finished=self._finished)

    def _judge_trial(self, replies: list[Reply]) -> None:
        if self.broken:
            self._trial.passed = False
        elif any(reply.positive for reply in replies[3::_FOUR]):
            self._trial.passed = True


def _expected(group: _Group) -> int:
    opened = group.last is not None
    return bool(group.body) + _FOUR * (len(group.whole) + opened)


def _closed(replies: list[Reply], group: _Group) -> bool:
    """Whether the 354 stands in its place."""
    return [reply.code for reply in replies[_expected(group) - 1 :]][:1] == [_GO_AHEAD]


def _all_well(group: _Group) -> list[int]:
    """The codes of a group that went as it nearly always goes."""
    opened = group.last is not None
    return [_OK] * (_expected(group) - opened) + [_GO_AHEAD] * opened


def _fit(replies: list[Reply], group: _Group) -> bool:
    """Whether these codes can be answers to the commands of a group, or to the first.

    RFC 5321 section 3.3: who refused a sender or recipient takes no content for them.
    """
    content = bool(group.body)
    end = content + _FOUR * len(group.whole)
    ordinary = [*replies[:content], *replies[end:]]
    return verdict.in_step(ordinary, content=content) and all(
        _is_one(replies[at : at + _FOUR]) for at in range(content, end, _FOUR)
    )


def _is_one(four: list[Reply]) -> bool:
    """Whether these can be answers to RSET, MAIL, RCPT and BDAT."""
    granted = [reply.positive for reply in four]
    if not all(reply.positive or reply.negative for reply in four):
        return False
    if granted[:1] == [False]:
        return [reply.code for reply in four] == [CLOSING]
    return granted == sorted(granted, reverse=True)


def _joined(body: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """One piece, if it is not too large to be copied: then others may leave with it."""
    small = len(body) > 1 and sum(map(len, body)) <= _COPIED
    return (b"".join(body),) if small else body


def _each(emit: Emit, outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        emit(outcome)
