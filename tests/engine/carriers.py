"""Carriers for the tests of pace: what they were given when, and how they fare."""

from __future__ import annotations

import attrs

from safesend.delivery import Accepted, Stage
from safesend.errors import TransportError

__all__ = ["Carrier", "Take", "keeps_to"]


@attrs.frozen
class Take:
    """A message was taken: when (monotonic and since 1970), and for whom."""

    at: float
    date: float
    address: str


def _accept(_):
    return Accepted()


@attrs.define(eq=False)
class Carrier:
    """Notes every message at the moment when it is taken.

    `answer` gives the outcome; `seconds` is how long one message takes by the clock.
    A connection above `most` is refused as a server does that has too many, and while
    `dead` says so of the date nobody is let in and every session breaks.
    """

    clock: object
    answer: object = _accept
    seconds: float = 0.0
    most: int | None = None
    dead: object = None
    name: str = "carrier:"
    takes: list = attrs.field(factory=list)
    accepted: list = attrs.field(factory=list)
    connects: list = attrs.field(factory=list)
    """When somebody asked for a session, and whether it was let in."""
    open: int = 0
    widest: int = 0
    """The most sessions that were open at once."""

    def route(self, envelope):
        """One route."""
        return self.name

    def limits(self):
        """None."""
        return

    async def connect(self, route):
        """A session, unless there are too many."""
        refused = self._refusal()
        self.connects.append((self.clock.monotonic(), refused is None))
        if refused is not None:
            raise refused
        self.open += 1
        self.widest = max(self.widest, self.open)
        return Line(self)

    def _refusal(self):
        if self.is_dead():
            return TransportError("connection refused", stage=Stage.CONNECT)
        if self.most is not None and self.open >= self.most:
            return TransportError(
                "421 4.7.0 Too many connections",
                stage=Stage.CONNECT,
                code=421,
                enhanced="4.7.0",
            )
        return None

    def is_dead(self):
        """Whether nobody answers now."""
        return self.dead is not None and self.dead(self.clock.now())

    def take(self, envelope):
        """A message is begun."""
        now, date = self.clock.monotonic(), self.clock.now()
        self.takes.append(Take(now, date, str(envelope.recipient.wire)))

    def times(self, domain=""):
        """When messages were taken, for one domain or for all."""
        return [take.at for take in self.takes if take.address.endswith(domain)]


@attrs.define(eq=False)
class Line:
    """One session."""

    carrier: Carrier
    usable: bool = True

    async def deliver(self, envelopes):
        """One after the other."""
        carrier = self.carrier
        for envelope in envelopes:
            carrier.take(envelope)
            if carrier.seconds:
                await carrier.clock.sleep(carrier.seconds)
            outcome = carrier.answer(envelope)
            if isinstance(outcome, Accepted):
                carrier.accepted.append(str(envelope.recipient.wire))
            if outcome.code == 421:
                self.usable = False
            yield outcome
            if not self.usable:
                return

    async def close(self):
        """Others may come."""
        if self.carrier is not None:
            self.carrier.open -= 1
            self.usable, self.carrier = False, None


def keeps_to(times, rate, burst, slack=0.0):
    """Whether over any window of t seconds at most rate * (t + slack) + burst went."""
    level, last = 0.0, None
    for time in sorted(times):
        if last is not None:
            level = max(0.0, level - rate * (time - last))
        level, last = level + 1, time
        if level > burst + rate * slack + 1e-6:
            return False
    return True
