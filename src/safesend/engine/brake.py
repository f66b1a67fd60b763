"""The brake: what servers say of late, watched for what should stop a run."""

from __future__ import annotations

from collections import Counter, deque

import attrs

from safesend.delivery import Outcome, Stage
from safesend.errors import LedgerError, TransportError
from safesend.ledger.base import Control, Ledger
from safesend.policies.auto_stop import AutoStop, Lately
from safesend.policies.replies import Meaning, Scope, Verdict
from safesend.redaction import mask_text

__all__ = ["BY_ITSELF", "Brake", "pause"]

BY_ITSELF = "stopped by itself"
"""With these words the reason of a run begins that stopped so."""

_LOGIN = frozenset({530, 534, 535, 538})
"""RFC 4954 section 6: a login is needed, too weak, refused or not without TLS."""

_LOGIN_REFUSED = "5.7.8"  # RFC 4954 section 6
_POLICY = "5.7."  # RFC 3463 section 3.8
_SHOWN = 100


@attrs.define
class Brake:
    """Watches one run; without a policy it never stops it."""

    policy: AutoStop | None = None
    reason: str | None = None
    """Why the run has to stop, once it has."""
    _judged: int = 0
    """People who were accepted or refused for good."""
    _accepted: bool = False
    _refused: deque[tuple[int, str]] = attrs.field(factory=deque)
    """The latest who were refused: the how-manieth they were, and with which codes."""
    _kinds: Counter[str] = attrs.field(factory=Counter)
    """How many of these were refused with the same codes, ..."""
    _texts: dict[str, str] = attrs.field(factory=dict)
    """... and what a server said to the last of them."""
    _alike: Counter[tuple[str, str]] = attrs.field(factory=Counter)
    """Refusals by policy since somebody was accepted, by codes and rule."""

    def accepted(self) -> None:
        """Somebody was accepted."""
        self._judged += 1
        self._accepted = True
        if self._alike:
            self._alike.clear()

    def refused(self, outcome: Outcome, verdict: Verdict) -> None:
        """Somebody was refused for good; the outcome's text is discreet."""
        if self.policy is None or self.reason is not None or outcome.code is None:
            return
        self._judged += 1
        kind = f"{outcome.code} {outcome.enhanced or ''}".rstrip()
        self._texts[kind] = _shown(f"{kind} {outcome.text}")
        self._slide(kind, self.policy.of_last)
        most = max(self._kinds, key=self._kinds.__getitem__)
        lately = Lately(
            judged=min(self._judged, self.policy.of_last),
            judged_ever=self._judged,
            refused=len(self._refused),
            most=self._texts[most],
            alike=self._count_alike(kind, verdict, outcome.enhanced or ""),
            alike_reply=self._texts[kind],
        )
        self._stop(self.policy.decide(lately))

    def login(self, trouble: Outcome | TransportError, said: str) -> str | None:
        """Why a run that went well stops, where it is the login that is refused now."""
        concerned = (
            trouble.stage == Stage.AUTH
            or trouble.code in _LOGIN
            or trouble.enhanced == _LOGIN_REFUSED
        )
        if self.policy is None or not self._accepted or not concerned:
            return None
        self._stop(
            "the server, which took the login before, refuses it now:"
            f" {_shown(said)!r}; look at user name and password"
        )
        return self.reason

    def told(self, outcome: Outcome, verdict: Verdict, stop: str) -> str | None:
        """Why the run stops by itself, where a rule for replies stops it for `stop`.

        It does where that costs people, who are refused for good: no other run may
        go on before somebody looked.
        """
        self.login(outcome, f"{outcome.code or ''} {outcome.text}")
        if self.policy is not None and verdict.meaning is Meaning.NEVER:
            self._stop(stop)
        return self.reason

    def _slide(self, kind: str, of_last: int) -> None:
        self._refused.append((self._judged, kind))
        self._kinds[kind] += 1
        while self._refused[0][0] <= self._judged - of_last:
            _, gone = self._refused.popleft()
            self._kinds[gone] -= 1

    def _count_alike(self, kind: str, verdict: Verdict, enhanced: str) -> int:
        if verdict.scope is not Scope.MESSAGE and not enhanced.startswith(_POLICY):
            return 0
        self._alike[kind, verdict.rule] += 1
        return self._alike[kind, verdict.rule]

    def _stop(self, why: str | None) -> None:
        if why is not None and self.reason is None:
            self.reason = f"{BY_ITSELF}: {why}"


def pause(ledger: Ledger, campaign: int, reason: str, now: float) -> None:
    """Let no other run go on before a person looked; what is cancelled stays so."""
    if ledger.control(campaign) is not Control.RUN:
        return
    by = {"actor": "safesend", "reason": reason}
    try:
        ledger.set_control(campaign, Control.PAUSE, **by, now=now)
    except LedgerError:
        if ledger.control(campaign) is not Control.CANCEL:  # just now
            raise


def _shown(text: str) -> str:
    said = mask_text(text).strip()
    return said if len(said) <= _SHOWN else said[: _SHOWN - 1].rstrip() + "\u2026"
