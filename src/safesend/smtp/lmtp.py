"""LMTP (RFC 2033): SMTP but for its greeting and the replies to a content.

A content is answered once for each recipient that was taken (section 4.2). Ours has
one recipient, so one reply is due, as in SMTP. But:

For nobody there is none. A DATA that has no recipient must be refused (503). Where it
is granted nevertheless, nobody can tell whether a lone dot will be answered, once or
not at all, and the next letter would get the reply to it. So no dot is written.

A server that gives a reply more, for a recipient that it kept or for a second mailbox
behind the one that was named, puts each later reply under the command after its own
(L26). A 354 in its place shows that the count is right. Where none is due, RSET and
DATA are asked: of the two answers the second is no, and in no other order.
"""

from __future__ import annotations

from safesend.smtp import command, verdict
from safesend.smtp.exchange import ConnectionLost, Conversation, Exchange
from safesend.smtp.reply import Reply
from safesend.smtp.session import SmtpSession

__all__ = ["LmtpSession"]

_TO_NOBODY = "the server takes a letter for nobody; the line was given up"
_MISCOUNTED = "the server's replies are not one for each letter; the line was given up"
_HANGS_UP = "the server ended the session (421)"
_GO_AHEAD = 354
_ANSWERS: tuple[list[bool], ...] = ([], [True], [True, False])
"""Whether RSET and DATA may be answered positively, as far as the line stood."""


class LmtpSession(SmtpSession):
    """A session with a server of LMTP."""

    def _for_nobody(self, replies: list[Reply]) -> tuple[bytes, ...]:  # noqa: ARG002
        self.broken = self.broken or _TO_NOBODY
        return ()

    def _counted(self, replies: list[Reply]) -> Conversation[list[Reply]]:
        if self.broken or (replies and replies[-1].code == _GO_AHEAD):
            return replies
        answers = yield from self._asked()
        if verdict.closing(answers[-1:]):
            self.broken = _HANGS_UP
            answers.pop()
        if [answer.positive for answer in answers] not in _ANSWERS:
            self.broken = _MISCOUNTED
            return []
        if answers[1:] and answers[1].code == _GO_AHEAD:
            self.broken = _TO_NOBODY
        return replies

    def _asked(self) -> Conversation[list[Reply]]:
        """The answers to RSET and DATA; fewer when the line ends, which is no proof."""
        wait = self.timeouts.command
        together = Exchange(command.RSET + command.DATA, "RSET, DATA", 2, wait)
        apart = (
            Exchange(command.RSET, "RSET", 1, wait),
            Exchange(command.DATA, "DATA", 1, wait),
        )
        answers: list[Reply] = []
        try:
            for step in (together,) if self.capabilities.pipelining else apart:
                answers += yield step
                if verdict.closing(answers):
                    break
        except ConnectionLost as lost:
            # Not through `_lost`: it is the content that has to be `finished`.
            answers += lost.replies
            self.broken = lost.reason
        return answers
