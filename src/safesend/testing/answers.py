"""How the server answers: as usual, or as its script says."""

from __future__ import annotations

import re
from collections.abc import Callable

import attrs

from safesend.testing.faults import Moment, Plan
from safesend.testing.post import Line, Post

__all__ = ["Answers", "Effect"]

Effect = Callable[[], None]

_ENHANCED = re.compile(r"^(\d{3}[ -])\d\.\d{1,3}\.\d{1,3} ", re.MULTILINE)


class Answers:
    """The replies of one connection, and what goes wrong with them."""

    def __init__(self, post: Post, line: Line) -> None:
        self.post, self.settings, self.faults = post, post.settings, post.faults
        self.line = line
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
    ) -> None:
        """Answer as usual, or as scripted; a positive answer has its effect."""
        scripted = self.faults.scripted
        plan = self.faults.plan(self.moment(stage, argument)) if scripted else None
        if plan is not None:
            self._misbehave(plan, usual, effect)
            return
        if effect is not None and usual[0] in "23":
            effect()
        self.say(usual)

    def _misbehave(self, plan: Plan, usual: str, effect: Effect | None) -> None:
        if plan.stall:
            self.held = True
            rest = attrs.evolve(plan, stall=0.0)
            self.line.later(plan.stall, lambda: self._resume(rest, usual, effect))
            return
        text = plan.reply or usual
        if effect is not None and text[0] in "23" and not plan.drop_after:
            effect()
        if plan.drop_after or plan.drop_before_reply:
            self.flush()
            self.over = True
            self.line.drop()
            return
        if plan.garbage is None:
            self.say(text)
        else:
            self._out.append(plan.garbage)
        if plan.surplus is not None:
            self.say(plan.surplus)

    def _resume(self, plan: Plan, usual: str, effect: Effect | None) -> None:
        self.held = False
        self._misbehave(plan, usual, effect)
        if self.held:
            self.flush()
        else:
            self.advance()

    def violate(self, text: str) -> None:
        """Note that a rule was broken, say so, and hang up."""
        self.post.violations.append(text)
        self.say(text)
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
