"""What the scripted server is told to do wrong, where, and how often."""

from __future__ import annotations

import threading
from collections.abc import Callable

import attrs

from safesend.clock import SYSTEM, Clock

__all__ = ["STAGES", "Faults", "Moment", "Plan"]

STAGES = (
    "connect",
    "ehlo",
    "helo",
    "starttls",
    "auth",
    "mail",
    "rcpt",
    "data",
    "content",
    "rset",
    "noop",
    "quit",
)
"""The places of a conversation; "dot" is another word for "content"."""


@attrs.frozen
class Moment:
    """What the server knows when it is about to answer.

    `argument` is the command's (the address for MAIL and RCPT), `accepted` counts
    the messages taken on this connection so far.
    """

    stage: str
    argument: str
    connection: int
    accepted: int
    sender: str | None
    recipients: tuple[str, ...]


When = Callable[[Moment], bool]


@attrs.frozen
class Plan:
    """What is to happen instead of, or besides, the usual answer."""

    reply: str | None = None
    drop_after: bool = False
    drop_before_reply: bool = False
    stall: float = 0.0
    surplus: str | None = None
    garbage: bytes | None = None

    def joined(self, later: Plan) -> Plan:
        """Both; where they disagree, the later one."""
        usual = Plan()
        changed = {
            field.name: getattr(later, field.name)
            for field in attrs.fields(Plan)
            if getattr(later, field.name) != getattr(usual, field.name)
        }
        return attrs.evolve(self, **changed)


@attrs.define
class _Rule:
    stage: str
    plan: Plan
    times: int | None
    when: When | None

    def take(self, moment: Moment) -> bool:
        if self.stage != moment.stage or self.times == 0:
            return False
        if self.when is not None and not self.when(moment):
            return False
        if self.times is not None:
            self.times -= 1
        return True


class Faults:
    """The script of a server. May be changed at any time, from any thread.

    `times` is how often it happens (None: always), `when` a question asked of the
    `Moment` first. Of several rules for one stage all apply; the later one wins.
    """

    def __init__(self, clock: Clock = SYSTEM) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._rules: list[_Rule] = []
        self._first_seen: dict[tuple[str | None, str], float] = {}
        self._grey: float | None = None
        self.most_connections: int | None = None
        self.most_messages: int | None = None
        self.piece: int | None = None
        self.scripted = False
        """Whether there is any rule at all: the fast path asks only this."""

    def reply(
        self,
        stage: str,
        text: str,
        *,
        times: int | None = None,
        when: When | None = None,
    ) -> None:
        r"""Answer so ("451 4.7.1 try later"); lines of a long reply are parted by \n.

        A positive answer has the usual effect, also where the usual answer would
        have been negative; 421 closes the connection.
        """
        self._add(stage, Plan(reply=text), times, when)

    def drop_after(
        self, stage: str, *, times: int | None = 1, when: When | None = None
    ) -> None:
        """Read the command (or the content), do nothing with it, and hang up."""
        self._add(stage, Plan(drop_after=True), times, when)

    def drop_before_reply(
        self, stage: str, *, times: int | None = 1, when: When | None = None
    ) -> None:
        """Do what was asked (keep the message, too), and hang up without a word."""
        self._add(stage, Plan(drop_before_reply=True), times, when)

    def stall(
        self,
        stage: str,
        seconds: float,
        *,
        times: int | None = 1,
        when: When | None = None,
    ) -> None:
        """Answer so many (real) seconds later; nothing is read meanwhile."""
        self._add(stage, Plan(stall=seconds), times, when)

    def surplus_reply(
        self, stage: str, text: str = "250 2.0.0 Surplus", *, times: int | None = 1
    ) -> None:
        """Say something more, in the same write.

        At "starttls" it is text that was put in before the handshake.
        """
        self._add(stage, Plan(surplus=text), times, None)

    def garbage(
        self,
        stage: str,
        octets: bytes = b"\x00\xff not a reply\r\n",
        *,
        times: int | None = 1,
    ) -> None:
        """Write these octets where a reply should be."""
        self._add(stage, Plan(garbage=octets), times, None)

    def greylist(self, seconds: float) -> None:
        """Turn away each pair of sender and recipient for its first seconds (451)."""
        self._grey = seconds

    def limit_connections(self, number: int | None) -> None:
        """Turn away connections beyond so many at a time (421)."""
        self.most_connections = number

    def max_messages_per_connection(self, number: int | None) -> None:
        """Close a connection at the MAIL after so many accepted messages (421)."""
        self.most_messages = number

    def split_replies(self, size: int | None = 1) -> None:
        """Write replies in pieces of so many octets."""
        self.piece = size

    def behave(self) -> None:
        """Forget all of the above."""
        with self._lock:
            self._rules = []
            self.scripted = False
        self._grey = self.most_connections = self.most_messages = self.piece = None

    def plan(self, moment: Moment) -> Plan | None:
        """What to do now. A rule with `times` is used up by this."""
        found = None
        with self._lock:
            for rule in self._rules:
                if rule.take(moment):
                    found = found.joined(rule.plan) if found else rule.plan
        return found

    def too_early(self, sender: str | None, recipient: str) -> bool:
        """Whether greylisting turns this pair away."""
        if self._grey is None:
            return False
        now = self._clock.monotonic()
        with self._lock:
            first = self._first_seen.setdefault((sender, recipient), now)
        return now < first + self._grey

    def _add(
        self, stage: str, plan: Plan, times: int | None, when: When | None
    ) -> None:
        stage = "content" if stage == "dot" else stage
        if stage not in STAGES:
            raise ValueError(f"no stage is called {stage!r}; known are {STAGES}")
        with self._lock:
            self._rules = [*self._rules, _Rule(stage, plan, times, when)]
            self.scripted = True
