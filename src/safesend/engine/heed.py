"""What replies ask of a route, a provider or the run is done here."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from safesend.clock import Clock
from safesend.delivery import Deferred, Outcome, Refused, Stage
from safesend.engine.events import Held, Listener, Unreached
from safesend.engine.traffic import Share, Traffic
from safesend.errors import TransportError
from safesend.policies.replies import Action, Rulebook, Scope, Verdict
from safesend.redaction import mask_text

__all__ = ["Heed"]

_APART = 0.01
"""Seconds by which the clocks of dates and of intervals may differ."""

_ROUND_TRIP = 0.5
"""Seconds: what breaks within them is taken for one piece of trouble."""

_REST, _AGREED = 7200.0, 3
"""Seconds for which one server among many rests, and how many of them end a run."""

_AGAIN = 5.0
"""Seconds between two words of a server that cannot be reached."""


@attrs.define
class Heed:
    """Lets windows, rates and pauses follow what servers say."""

    traffic: Traffic
    rulebook: Rulebook
    clock: Clock
    tell: Listener
    discreet: Callable[[str], str] = mask_text
    """How what a server says is told: without the people it names."""
    many: bool = False
    """Whether the carrier goes to many servers, who know nothing of one another."""
    can_ask: Callable[[str], bool] = lambda _: False
    """Whether the carrier of a route says itself when it takes more."""
    _unreached: float = float("-inf")
    _enders: set[str] = attrs.field(factory=set)
    """Routes of such a carrier whose server would have ended the run."""

    def verdict(
        self, share: Share, verdict: Verdict, outcome: Outcome, *, served: bool
    ) -> str | None:
        """Do what a verdict asks for; gives why the run must end, if it must.

        `share` is the provider's or all of the route, whichever the verdict is about.
        `served`: whether the session took a message before, so that its end is no
        sign of trouble.
        """
        now, monotonic = self.clock.now(), self.clock.monotonic()
        reply = _said(outcome)
        if verdict.too_many_connections:
            share.troubled, share.complaint = True, reply
            share.window.too_many(monotonic)
        elif verdict.scope is Scope.CONNECTION and not served:
            share.troubled = True
            share.window.failed(monotonic, _ROUND_TRIP)
        self._look_after(share, now, reply)
        return self._asked(share, verdict, now, reply)

    def _asked(
        self, share: Share, verdict: Verdict, now: float, reply: str
    ) -> str | None:
        if Action.SLOW in verdict.actions:
            self._slow(share, now, reply)
        if verdict.used_up and self.can_ask(share.route):
            self.traffic.use_up(self.traffic.quotas.carrier_of(share.route))
        elif verdict.pause is not None:
            self._pause(share, now + verdict.pause, reply)
        stop = verdict.stop or self._repeated(share, verdict, now, reply)
        return stop and self._agreed(share, stop, now, reply)

    def _agreed(self, share: Share, stop: str, now: float, reply: str) -> str | None:
        """One server among many does not end the mail of all others: its route rests.

        Rules that end a run are about us; when several say so it is no whim.
        """
        if not self.many:
            return stop
        self._enders.add(share.route)
        if len(self._enders) >= _AGREED:
            return stop
        self._pause(self.traffic.share(share.route), now + _REST, reply)
        return None

    def unconnected(
        self, share: Share, error: TransportError, *, connected: bool
    ) -> str | None:
        """A session could not be had; gives why the run must end, if it must.

        Before the route was ever `connected` the settings are the likely cause, which
        no pause mends.
        """
        now, monotonic = self.clock.now(), self.clock.monotonic()
        reply = self.discreet(str(error))
        verdict = self._judged(error)
        if verdict is not None and verdict.too_many_connections:
            share.troubled, share.complaint = True, reply
            share.window.too_many(monotonic)
        elif connected:
            share.troubled = True
            share.window.failed(monotonic, _ROUND_TRIP)
        if connected:
            self._look_after(share, now, reply)
        if share.paused_until <= now and now - self._unreached >= _AGAIN:
            self._unreached = now
            self.tell(Unreached(share.route, reply))
        if verdict is None or not connected:
            return None if verdict is None else verdict.stop
        return self._asked(share, verdict, now, reply)

    def _judged(self, error: TransportError) -> Verdict | None:
        if error.code is None:
            return None
        kind = Refused if error.permanent else Deferred
        outcome = kind(Stage(error.stage), error.code, error.enhanced, str(error))
        return self.rulebook.judge(outcome)

    def _slow(self, share: Share, now: float, reply: str) -> None:
        share.complaint = reply
        limit = self.traffic.limit(share.provider, now)
        rate = None if limit is None else limit.rate
        goodput, sure = share.goodput(self.clock.monotonic())
        share.easing.slow(now, goodput, rate, sure=sure)
        self.traffic.eased(share)

    def _look_after(self, share: Share, now: float, reply: str) -> None:
        """A window that found its server dead is a pause as well."""
        monotonic = self.clock.monotonic()
        until = share.window.suspended_until(monotonic)
        if until is not None:
            # Two clocks are never quite together: at its end the window's is over too.
            self._pause(share, now + until - monotonic + _APART, reply)

    def _repeated(
        self, share: Share, verdict: Verdict, now: float, reply: str
    ) -> str | None:
        if verdict.then is None:
            return None
        if share.told != verdict.rule:
            share.told, share.told_times = verdict.rule, 0
        share.told_times += 1
        if share.told_times < verdict.in_a_row:
            return None
        share.told_times = 0
        if verdict.then is Action.STOP:
            return f"{verdict.in_a_row} times in a row: {verdict.why}: {reply}"
        if verdict.then is Action.SLOW:
            self._slow(share, now, reply)
        if verdict.then_pause is not None:
            self._pause(share, now + verdict.then_pause, reply)
        return None

    def _pause(self, share: Share, until: float, reply: str) -> None:
        now = self.clock.now()
        if share.is_paused(now) and until <= share.paused_until:
            return
        self.traffic.pause(share, until, reply, now)
        self.tell(Held(share.route, share.provider, until, reply))


def _said(outcome: Outcome) -> str:
    parts = (outcome.code, outcome.enhanced, outcome.text)
    return mask_text(" ".join(str(part) for part in parts if part))
