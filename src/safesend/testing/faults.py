"""What the scripted server is told to do wrong, where, and how often."""

from __future__ import annotations

import math
import threading
from collections import Counter
from typing import Unpack

import attrs

from safesend.clock import SYSTEM, Clock
from safesend.errors import ConfigurationError
from safesend.testing.rates import Bucket, read_rate
from safesend.testing.rules import (
    Aim,
    Moment,
    Plan,
    Rule,
    Target,
    When,
    checked_reply,
)

__all__ = ["Faults"]

_SLOW_DOWN = "450 4.7.1 Too many messages, slow down"


@attrs.frozen
class _Limit:
    target: Target
    bucket: Bucket
    plan: Plan


class Faults:
    """The script of a server. May be changed at any time, from any thread.

    A fault belongs to a stage of the conversation. It may be aimed with `message` (a
    number, from 1, in the order in which the server saw their MAIL), `to` (an
    address) and `when` (a question asked of the `Moment`); `times` is how often it
    happens (None: always). Of several faults at one stage all happen; where they
    disagree, the later one wins. What makes no sense is a ConfigurationError.
    """

    def __init__(self, clock: Clock = SYSTEM) -> None:
        self.clock = clock
        """What greylisting, rate limits and stalls go by."""
        self.turned_away: Counter[str] = Counter()
        """How many refusals came from "greylist", "rate_limit", "limit_connections"
        and "max_messages_per_connection"."""
        self._lock = threading.Lock()
        self._rules: list[Rule] = []
        self._limits: list[_Limit] = []
        self._first_seen: dict[tuple[str | None, str], float] = {}
        self._grey: float | None = None
        self.most_connections: int | None = None
        self.most_messages: int | None = None
        self.piece: int | None = None
        self.scripted = False
        """Whether there is any rule at all: the fast path asks only this."""

    def reply(self, stage: str, text: str, **aim: Unpack[Aim]) -> None:
        r"""Answer so ("451 4.7.1 try later"), always unless `times` is given.

        Lines of a long reply are parted by \n. A positive answer has the usual effect,
        also where the usual answer would have been negative; 421 closes the
        connection.
        """
        self._add(stage, Plan(reply=checked_reply(text)), **Aim(times=None) | aim)

    def drop_after(self, stage: str, **aim: Unpack[Aim]) -> None:
        """Read the command (or the content), do nothing with it, and hang up; once."""
        self._add(stage, Plan(drop_after=True), **aim)

    def drop_before_reply(self, stage: str, **aim: Unpack[Aim]) -> None:
        """Do what was asked (keep the message, too) and hang up without a word; once.

        After "dot" the client cannot know whether its message was taken (RFC 1047).
        """
        self._add(stage, Plan(drop_before_reply=True), **aim)

    def stall(self, stage: str, seconds: float, **aim: Unpack[Aim]) -> None:
        """Answer so many seconds later, by the server's clock; once.

        Nothing is read meanwhile. What was asked is done even if the client leaves.
        """
        if not 0 < seconds < math.inf:
            raise ConfigurationError(f"stall({seconds}): more than 0 seconds, please")
        self._add(stage, Plan(stall=seconds), **aim)

    def surplus_reply(
        self, stage: str, text: str = "250 2.0.0 Surplus", **aim: Unpack[Aim]
    ) -> None:
        """Say something more, in the same write; once.

        At "starttls" it is text that was put in before the handshake.
        """
        self._add(stage, Plan(surplus=text), **aim)

    def garbage(
        self,
        stage: str,
        octets: bytes = b"\x00\xff not a reply\r\n",
        **aim: Unpack[Aim],
    ) -> None:
        """Write these octets where a reply should be; once."""
        self._add(stage, Plan(garbage=octets), **aim)

    def greylist(self, minutes: float | None) -> None:
        """Turn away each pair of sender and recipient for its first minutes (451)."""
        if minutes is not None and not 0 < minutes < math.inf:
            raise ConfigurationError(
                f"greylist({minutes}): more than 0 minutes, or None for never"
            )
        self._grey = None if minutes is None else minutes * 60

    def rate_limit(
        self,
        rate: str,
        *,
        burst: int = 1,
        reply: str = _SLOW_DOWN,
        stage: str = "rcpt",
        when: When | None = None,
        to: str | None = None,
    ) -> None:
        """Turn away what comes faster than "10/s" ("600/min", "1000/h", "20k/day").

        A leaky bucket, counted exactly by the server's clock: in any t seconds no
        more than rate * t + `burst` pass. It counts what would otherwise have been
        taken at `stage`; what is turned away does not count. Of several limits all
        must have room.
        """
        if burst < 1:
            raise ConfigurationError(f"burst={burst}: at least one message must fit")
        limit = _Limit(
            Target(stage, when=when, to=to),
            Bucket(read_rate(rate), burst),
            Plan(reply=checked_reply(reply)),
        )
        with self._lock:
            self._limits = [*self._limits, limit]
            self.scripted = True

    def limit_connections(self, number: int | None) -> None:
        """Turn away connections beyond so many at a time (421)."""
        self.most_connections = _counted("limit_connections", number, least=0)

    def max_messages_per_connection(self, number: int | None) -> None:
        """Close a connection at the MAIL after so many accepted messages (421)."""
        self.most_messages = _counted("max_messages_per_connection", number, least=0)

    def split_replies(self, size: int | None = 1) -> None:
        """Write replies in pieces of so many octets."""
        self.piece = _counted("split_replies", size, least=1)

    def behave(self) -> None:
        """Forget all of the above."""
        with self._lock:
            self._rules, self._limits = [], []
            self.scripted = False
        self._grey = self.most_connections = self.most_messages = self.piece = None

    def plan(self, moment: Moment, *, positive: bool = True) -> Plan | None:
        """What to do now. A rule with `times` is used up by this.

        `positive` says what the usual answer is: a refusal counts for no rate.
        """
        with self._lock:
            found = self._over_limit(moment) if positive and self._limits else None
            for rule in self._rules:
                if rule.take(moment):
                    found = found.joined(rule.plan) if found else rule.plan
        return found

    def _over_limit(self, moment: Moment) -> Plan | None:
        now = self.clock.monotonic()
        limits = [one for one in self._limits if one.target.is_hit(moment)]
        for limit in limits:
            if not limit.bucket.has_room(now):
                self.turned_away["rate_limit"] += 1
                return limit.plan
        for limit in limits:
            limit.bucket.pour(now)
        return None

    def too_early(self, sender: str | None, recipient: str) -> bool:
        """Whether greylisting turns this pair away."""
        if self._grey is None:
            return False
        now = self.clock.monotonic()
        with self._lock:
            first = self._first_seen.setdefault((sender, recipient), now)
        early = now < first + self._grey
        self.turned_away["greylist"] += early
        return early

    def _add(
        self,
        stage: str,
        plan: Plan,
        *,
        times: int | None = 1,
        when: When | None = None,
        to: str | None = None,
        message: int | None = None,
    ) -> None:
        rule = Rule(Target(stage, when=when, to=to, message=message), plan, times)
        with self._lock:
            self._rules = [*self._rules, rule]
            self.scripted = True


def _counted(name: str, number: int | None, *, least: int) -> int | None:
    if number is not None and number < least:
        raise ConfigurationError(f"{name}({number}): at least {least}, or None")
    return number
