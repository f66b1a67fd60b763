"""How the server answers: as usual, or as its script says."""

from __future__ import annotations

import re
from collections.abc import Callable

import attrs

from safesend.testing.post import Line, Post
from safesend.testing.rules import Moment, Plan
from safesend.testing.transactions import Attempt

__all__ = ["Answers", "Effect"]

Effect = Callable[[], None]

_ENHANCED = re.compile(r"^(\d{3}[ -])\d\.\d{1,3}\.\d{1,3} ", re.MULTILINE)


def _told(plan: Plan, reply: str) -> str:
    octets = plan.garbage
    return reply if octets is None else octets.decode("ascii", "backslashreplace")


@attrs.frozen
class _Turn:
    """The server's turn to speak: what it would usually say, and do."""

    stage: str
    usual: str
    effect: Effect | None
    attempt: Attempt | None


class Answers:
    """The replies of one connection, and what goes wrong with them."""

    def __init__(self, post: Post, line: Line) -> None:
        self.post, self.settings, self.faults = post, post.settings, post.faults
        self.line = line
        self.attempt: Attempt | None = None
        """The transaction that the answers belong to."""
        self.held = False
        """Nothing may be read: a reply is stalled, or a handshake is under way."""
        self.over = False
        self.tls_next = False
        self._out: list[bytes] = []

    def moment(self, stage: str, argument: str) -> Moment:
        """What is known now."""
        return Moment(stage, argument, 0, 0, None, ())

    def advance(self) -> None:
        """Go on reading."""

    def settle(
        self,
        stage: str,
        argument: str,
        usual: str,
        effect: Effect | None = None,
        *,
        also: str | None = None,
    ) -> None:
        """Answer as usual, or as scripted; a positive answer has its effect.

        `also` is a second stage that the script may have rules for.
        """
        positive = usual[0] in "23"
        plan = None
        if self.faults.scripted:
            for place in filter(None, (also, stage)):
                moment = self.moment(place, argument)
                found = self.faults.plan(moment, positive=positive)
                plan = plan.joined(found) if plan and found else plan or found
        if plan is not None:
            self._misbehave(plan, _Turn(stage, usual, effect, self.attempt))
            return
        if self.attempt is not None:
            self._note(self.attempt, stage, usual, done=positive)
        if effect is not None and positive:
            effect()
        self.say(usual)

    def _note(self, attempt: Attempt, stage: str, told: str, *, done: bool) -> None:
        now = self.faults.clock.monotonic()
        attempt.note(stage, told, now, kept=done and stage == "content")

    def _misbehave(self, plan: Plan, turn: _Turn) -> None:
        if plan.stall:
            self.held = True
            rest = attrs.evolve(plan, stall=0.0)
            self.line.later(plan.stall, lambda: self._resume(rest, turn))
            return
        reply = plan.reply or turn.usual
        done = reply[0] in "23" and not plan.drop_after
        hangs_up = plan.drop_after or plan.drop_before_reply
        if turn.attempt is not None:
            told = "" if hangs_up else _told(plan, reply)
            self._note(turn.attempt, turn.stage, told, done=done)
        if turn.effect is not None and done:
            turn.effect()
        if hangs_up:
            self.flush()
            self.over = True
            self.line.drop()
            return
        if plan.garbage is None:
            self.say(reply)
        else:
            self._out.append(plan.garbage)
        if plan.surplus is not None:
            self.say(plan.surplus)

    def _resume(self, plan: Plan, turn: _Turn) -> None:
        self.held = False
        self._misbehave(plan, turn)
        if self.held:
            self.flush()
        else:
            self.advance()

    def protest(self, text: str, stage: str) -> None:
        """Say that a rule was broken, and note it."""
        self.post.violations.append(text)
        if self.attempt is not None:
            self._note(self.attempt, stage, text, done=False)
        self.say(text)

    def violate(self, text: str, stage: str) -> None:
        """The same, and hang up."""
        self.protest(text, stage)
        self.over = True

    def say(self, text: str) -> None:
        """A reply, to be written with the next `flush`; 421 is the last one."""
        if not self.settings.enhanced_codes:
            text = _ENHANCED.sub(r"\1", text)
        self._out.append(text.replace("\n", "\r\n").encode() + b"\r\n")
        if text.startswith("421"):
            self.over = True

    def flush(self) -> None:
        """Write what was said, and do what had to wait for that."""
        if self._out:
            self.line.write(b"".join(self._out))
            self._out.clear()
        if self.over:
            self.line.close()
        elif self.tls_next:
            self.tls_next = False
            self.line.start_tls()
