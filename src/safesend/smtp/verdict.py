"""What replies mean for a letter.

Replies are paired with commands by counting, never by code (RFC 2920 section 3.1). The
codes only tell whether the counting can be right: a reply that no server gives to the
command at its place means that the two are out of step, and then none is believed.
"""

from __future__ import annotations

from collections.abc import Sequence

from safesend.delivery import (
    Accepted,
    Deferred,
    InDoubt,
    NotSent,
    Outcome,
    Refused,
    Stage,
)
from safesend.smtp.reply import CLOSING, Reply

__all__ = [
    "OPENING",
    "accepted",
    "after_content",
    "all_well",
    "closing",
    "failure",
    "in_step",
    "opened",
    "wants_dot",
]

OPENING = (Stage.MAIL, Stage.MAIL, Stage.RCPT, Stage.DATA)
"""The stages of RSET, MAIL, RCPT and DATA."""

_GO_AHEAD = 354
_ALL_WELL = [250, 250, 250, 250, _GO_AHEAD]


def all_well(replies: Sequence[Reply]) -> bool:
    """Whether ``content RSET MAIL RCPT DATA`` went as it nearly always goes."""
    return [reply.code for reply in replies] == _ALL_WELL


def accepted(reply: Reply) -> Accepted:
    """What a positive reply to a content means."""
    return Accepted(Stage.CONTENT, reply.code, reply.enhanced, reply.text)


def in_step(replies: Sequence[Reply], *, content: bool) -> bool:
    """Whether these codes can be answers to ``[content] RSET MAIL RCPT DATA``."""
    settled, opening = replies[:content], replies[content:]
    ordinary = (*settled, *opening[:3])
    return all(reply.positive or reply.negative for reply in ordinary) and all(
        reply.code == _GO_AHEAD or reply.negative for reply in opening[3:]
    )


def opened(replies: Sequence[Reply], why: str) -> Outcome | None:
    """What RSET, MAIL, RCPT and DATA came to; None: the server waits for the content.

    Fewer than four replies mean that the line ended, which is `why`.
    """
    if replies and not replies[0].positive:
        # Not the letter's fault: the server does not even take RSET.
        first = replies[0]
        return NotSent(Stage.MAIL, first.code, first.enhanced, first.text)
    for stage, reply in zip(OPENING, replies, strict=False):
        if not reply.positive and reply.code != _GO_AHEAD:
            return failure(stage, reply)
    if len(replies) < len(OPENING):
        return NotSent(OPENING[len(replies)], text=why)
    return None


def wants_dot(replies: Sequence[Reply]) -> bool:
    """Whether DATA was granted to a transaction that has no recipient.

    RFC 2920 section 3.1: then a lone dot ends it, and nothing is delivered.
    """
    return len(replies) == len(OPENING) and replies[3].code == _GO_AHEAD


def after_content(replies: Sequence[Reply], why: str, *, finished: bool) -> Outcome:
    """What became of a letter whose content was begun.

    `finished`: whether its end was, or may have been, handed to the line.
    """
    reply = replies[0] if replies else None
    if reply is not None and not reply.positive:
        return failure(Stage.CONTENT, reply)
    if not finished:
        return NotSent(Stage.CONTENT, text=why)
    if reply is None:
        return InDoubt(Stage.CONTENT, text=why)
    return accepted(reply)


def failure(stage: Stage, reply: Reply) -> Deferred | Refused:
    """A negative reply: 4xx passes, 5xx does not (RFC 5321 section 4.2.1)."""
    kind = Refused if reply.permanent else Deferred
    return kind(stage, reply.code, reply.enhanced, reply.text)


def closing(replies: Sequence[Reply]) -> bool:
    """Whether the server said that it hangs up."""
    return any(reply.code == CLOSING for reply in replies)
