"""One line of the table of replies: what it fits, and what follows.

A rule that breaks one of the laws cannot be made, wherever it was written:

- The first digit of the code decides between now and never (RFC 5321 section 4.2.1).
- Only a 5xx to RCPT may suppress an address: other refusals speak of the sender, of
  the server or of the message.
- A run is stopped by what every message would meet, so no row is blamed for it.
- Before MAIL nothing is said of a recipient or of a message.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator, Mapping

import attrs

from safesend.delivery import Deferred, Refused, Stage
from safesend.errors import ConfigurationError
from safesend.policies.asked_wait import asked_wait
from safesend.redaction import mask_text

__all__ = [
    "LATE",
    "Action",
    "BadRule",
    "Codes",
    "Meaning",
    "Rule",
    "Scope",
    "Verdict",
    "Wording",
]

LATE = frozenset({Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.CONTENT})
"""The stages at which a reply may speak of one recipient or one message."""

_SPOKEN = frozenset(Stage) - {Stage.COMPOSE}
_CLOSING = 421
_PERMANENT = 500
_AT_LEAST = 2


class Meaning(enum.Enum):
    """What becomes of the row."""

    DELIVERED = "delivered"
    LATER = "later"
    NEVER = "never"
    DOUBT = "doubt"
    UNTOUCHED = "untouched"
    """Nobody judged it: it goes again and no try is counted."""


class Scope(enum.StrEnum):
    """What a reply speaks of, from one person to everything."""

    RECIPIENT = "recipient"
    MESSAGE = "message"
    CONNECTION = "connection"
    ROUTE = "route"
    RUN = "run"


class Action(enum.StrEnum):
    """What is done about a reply."""

    SLOW = "slow"
    """Fewer messages and connections on this route, or for this provider."""
    LATER = "later"
    """This message goes again."""
    PAUSE = "pause"
    """Nothing on this route, or for this provider, for a time."""
    STOP = "stop"
    """The run ends: a person must look."""
    SUPPRESS = "suppress"
    """This address gets nothing more in any campaign."""
    FAIL = "fail"
    """This message is given up."""


_NARROW = frozenset({Scope.RECIPIENT, Scope.MESSAGE})
_WIDE = frozenset({Scope.CONNECTION, Scope.ROUTE})
_RESTING = frozenset({Action.PAUSE, Action.SLOW})
_AFTERWARDS = frozenset({Action.PAUSE, Action.SLOW, Action.STOP})


@attrs.frozen
class Verdict:
    """What one outcome means for the row, the route and the run."""

    meaning: Meaning
    scope: Scope | None = None
    """None: it was delivered, or is in doubt."""
    actions: frozenset[Action] = frozenset()
    rule: str = ""
    why: str = ""
    provider: str | None = None
    """Set by a rule of this provider: its mail alone is paused and slowed."""
    greylisted: bool = False
    wait: float | None = None
    """The least seconds before the next try: the rule's, or longer if so asked."""
    pause: float | None = None
    """Seconds for which the route or the provider rests."""
    attempt: bool = True
    """Whether a try is used up."""
    suppress: bool = False
    stop: str | None = None
    """Why the whole run must end, if it must; addresses are masked."""
    in_a_row: int = 0
    """So many verdicts of this rule, one after the other, ..."""
    then: Action | None = None
    """... lead to this."""
    then_pause: float | None = None
    """Seconds of rest, when that is to pause."""
    too_many_connections: bool = False
    used_up: bool = False
    """Whether the quota of the account is: a carrier that can be asked when it takes
    more is asked, and rests until then."""


class BadRule(ConfigurationError):
    """A rule that breaks a law: in which field, and why."""

    def __init__(self, name: str, field: str, reason: str) -> None:
        self.field, self.reason = field, reason
        super().__init__(f"rule {name!r}: {field}: {reason}")


@attrs.frozen
class Codes:
    """Enhanced status codes (RFC 3463): single ones, and patterns with an x."""

    exact: frozenset[str]
    pattern: re.Pattern[str] | None
    shown: tuple[str, ...]

    def __contains__(self, code: str) -> bool:
        return code in self.exact or (
            self.pattern is not None and self.pattern.fullmatch(code) is not None
        )


@attrs.frozen
class Wording:
    """A regular expression without regard to case, as `shown`.

    `pattern` is matched with texts in small letters: five times as fast.
    """

    shown: str
    pattern: re.Pattern[str]

    def __contains__(self, text: str) -> bool:
        return self.pattern.search(text) is not None


@attrs.frozen(kw_only=True)
class Rule:
    """What it fits (an empty field fits everything), and what is done then."""

    name: str
    scope: Scope
    actions: frozenset[Action]
    means: str
    stages: frozenset[Stage] = frozenset()
    codes: frozenset[int] = frozenset(range(400, 600))
    enhanced: Codes | None = None
    text: Wording | None = None
    providers: frozenset[str] = frozenset()
    pause: float | None = None
    wait: float | None = None
    in_a_row: int = 0
    then: Action | None = None
    greylisted: bool = False
    too_many_connections: bool = False
    used_up: bool = False
    """Of a quota: who can be asked when there is more is, instead of a pause."""
    temporary: bool = False
    """This 5xx is a 4xx in truth; only the built-in table may say so."""
    advice: str = ""
    source: str = ""
    _verdicts: Mapping[tuple[str | None, bool, bool], Verdict] = attrs.field(
        init=False, repr=False, eq=False
    )

    def __attrs_post_init__(self) -> None:
        for field, reason in _objections(self):
            raise BadRule(self.name, field, reason)
        made = {
            (provider, closing, permanent): _verdict(
                self, provider, closing=closing, permanent=permanent
            )
            for provider in self.providers or {None}
            for closing in (False, True)
            for permanent in (False, True)
        }
        object.__setattr__(self, "_verdicts", made)

    def at(self, stage: Stage, code: int) -> bool:
        """Whether it may fit a reply with this code at this stage."""
        return code in self.codes and stage in (self.stages or _stages(self.scope))

    def verdict(self, outcome: Deferred | Refused, provider: str) -> Verdict:
        """What follows from an outcome that this rule fits."""
        key = (
            provider if self.providers else None,
            outcome.code == _CLOSING,
            isinstance(outcome, Refused),
        )
        made = self._verdicts[key]
        if made.stop is not None:
            return attrs.evolve(made, stop=f"{made.stop}: {_said(outcome)}")
        if made.meaning is not Meaning.NEVER:
            asked = asked_wait(outcome.text)
            if asked > (made.wait or 0):
                return attrs.evolve(made, wait=asked)
        return made


def _stages(scope: Scope) -> frozenset[Stage]:
    """Where a rule fits that names no stage."""
    return LATE if scope in _NARROW else _SPOKEN


def _verdict(
    rule: Rule, provider: str | None, *, closing: bool, permanent: bool
) -> Verdict:
    """What follows; `closing`: the session ends with this reply."""
    # RFC 5321 section 3.8: after 421 the line is gone, whatever was asked.
    scope = Scope.CONNECTION if closing and rule.scope in _NARROW else rule.scope
    stop = rule.means + (f"; {rule.advice}" if rule.advice else "")
    return Verdict(
        meaning=_meaning(rule, permanent=permanent),
        scope=scope,
        actions=rule.actions,
        rule=rule.name,
        why=rule.means,
        provider=provider,
        greylisted=rule.greylisted,
        wait=rule.wait,
        pause=rule.pause if Action.PAUSE in rule.actions else None,
        attempt=scope in _NARROW,
        suppress=Action.SUPPRESS in rule.actions,
        stop=stop if Action.STOP in rule.actions else None,
        in_a_row=rule.in_a_row,
        then=rule.then,
        then_pause=rule.pause if rule.then is Action.PAUSE else None,
        too_many_connections=rule.too_many_connections,
        used_up=rule.used_up,
    )


def _meaning(rule: Rule, *, permanent: bool) -> Meaning:
    if Action.STOP in rule.actions:
        return Meaning.UNTOUCHED
    if rule.temporary or not permanent:
        return Meaning.LATER
    return Meaning.NEVER if Action.FAIL in rule.actions else Meaning.UNTOUCHED


def _said(outcome: Deferred | Refused) -> str:
    parts = (outcome.code, outcome.enhanced, outcome.text)
    return mask_text(" ".join(str(part) for part in parts if part))


def _objections(rule: Rule) -> Iterator[tuple[str, str]]:
    """The field and the reason, for each law that the rule breaks."""
    if not rule.actions:
        yield "do", f"say what is done: {_listed(Action)}"
    if (Action.STOP in rule.actions) != (rule.scope is Scope.RUN):
        yield "scope", "'stop' goes with the scope 'run', and nothing else does"
    if Action.STOP in rule.actions and len(rule.actions) > 1:
        yield "do", "'stop' stands alone: the rows keep their turn"
    if rule.scope in _NARROW:
        yield from _of_one_row(rule)
    elif rule.scope in _WIDE:
        yield from _of_the_way(rule)
    if Action.SUPPRESS in rule.actions:
        yield from _of_suppressing(rule)
    yield from _of_first_digit(rule)
    yield from _of_times(rule)


def _of_one_row(rule: Rule) -> Iterator[tuple[str, str]]:
    if not rule.stages <= LATE:
        yield (
            "stage",
            f"before MAIL nothing is said of one {rule.scope}: {_listed(LATE)}",
        )
    if rule.actions & _RESTING:
        yield "do", "'slow' and 'pause' need the scope 'connection' or 'route'"


def _of_the_way(rule: Rule) -> Iterator[tuple[str, str]]:
    if Action.FAIL in rule.actions and rule.actions & _RESTING:
        yield "do", "'fail' gives the message up, 'pause' and 'slow' keep its turn"


def _of_suppressing(rule: Rule) -> Iterator[tuple[str, str]]:
    if rule.stages != {Stage.RCPT}:
        yield "stage", "'suppress' needs \"rcpt\": only there it is one address's own"
    if min(rule.codes) < _PERMANENT or rule.temporary:
        yield "code", "'suppress' needs codes that are 5xx: a 4xx passes"
    if rule.scope is not Scope.RECIPIENT or Action.FAIL not in rule.actions:
        yield "do", "'suppress' goes with 'fail' and the scope 'recipient'"


def _of_first_digit(rule: Rule) -> Iterator[tuple[str, str]]:
    if min(rule.codes) < _PERMANENT:
        if Action.FAIL in rule.actions:
            yield "do", "'fail' needs codes that are 5xx: a 4xx is tried again"
        if rule.temporary:
            yield "temporary", "a 4xx is so anyway"
    if (
        max(rule.codes) >= _PERMANENT
        and not rule.temporary
        and (Action.LATER in rule.actions)
    ):
        yield "do", "'later' needs codes that are 4xx: a 5xx is not tried again"


def _of_times(rule: Rule) -> Iterator[tuple[str, str]]:
    if (Action.PAUSE in {*rule.actions, rule.then}) != (rule.pause is not None):
        yield "pause", "'pause' in do or then, and pause = \"10m\", go together"
    if rule.used_up and Action.PAUSE not in rule.actions:
        yield "used_up", "'pause' in do is for who cannot be asked when there is more"
    if rule.wait is not None and rule.actions & {Action.FAIL, Action.STOP}:
        yield "wait", "only what goes again has a wait"
    if (rule.in_a_row > 0) != (rule.then is not None):
        yield "then", 'in_a_row = 3 and then = "stop" go together'
    if rule.in_a_row and rule.in_a_row < _AT_LEAST:
        yield "in_a_row", "a whole number from 2 on"
    if rule.then is not None and rule.then not in _AFTERWARDS:
        yield "then", f"one of {_listed(_AFTERWARDS)}"


def _listed(names: Iterable[enum.StrEnum]) -> str:
    return ", ".join(sorted(names))
