"""What an outcome means for the row, the route and the run: one table of replies.

Theory of operation: the table is `replies.toml`, the user's rules stand before it, and
the first rule that fits a reply decides. Rules cannot break the laws of
`safesend.policies.rule`; what no server said is judged here, and never by a rule.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path

import attrs

from safesend.delivery import (
    Accepted,
    Deferred,
    InDoubt,
    NotSent,
    Outcome,
    Refused,
    Stage,
)
from safesend.errors import ConfigurationError
from safesend.policies.asked_wait import READ
from safesend.policies.rule import Action, Meaning, Rule, Scope, Verdict
from safesend.policies.rulefile import read_rules

__all__ = [
    "Action",
    "Meaning",
    "Rule",
    "Rulebook",
    "Scope",
    "Verdict",
    "builtin",
    "judge",
    "open_rules",
]

_DELIVERED = Verdict(Meaning.DELIVERED)
_DOUBT = Verdict(
    Meaning.DOUBT,
    why="the message's end was on the wire and no reply came (RFC 1047)",
)
_NOT_SENT = Verdict(
    Meaning.UNTOUCHED,
    Scope.CONNECTION,
    why="the message's end never left: nothing was delivered",
    attempt=False,
)
_UNFIT = Verdict(
    Meaning.NEVER,
    Scope.MESSAGE,
    frozenset({Action.FAIL}),
    why="no server was asked: this message cannot be sent",
)
_UNRULED = Verdict(
    Meaning.LATER,
    Scope.MESSAGE,
    frozenset({Action.LATER}),
    why="not now, and no server said why",
)
_TEMPORARY, _PERMANENT = range(400, 500), range(500, 600)
# Google writes "421 5.7.32": the basic code counts, so it was left in the text.
_CONTRARY = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?=\s|$)")


@attrs.frozen
class Rulebook:
    """Rules in their order; the first that fits decides."""

    rules: tuple[Rule, ...]
    _at: dict[tuple[Stage, int], tuple[Rule, ...]] = attrs.field(
        init=False, factory=dict, repr=False, eq=False
    )

    def judge(self, outcome: Outcome, provider: str = "") -> Verdict:
        """The verdict on one outcome; `provider` is who takes the recipient's mail."""
        if isinstance(outcome, Accepted):
            return _DELIVERED
        if isinstance(outcome, InDoubt):
            return _DOUBT
        if isinstance(outcome, NotSent):
            return _NOT_SENT
        rule = self.find(outcome, provider)
        if rule is not None:
            return rule.verdict(outcome, provider)
        return _UNRULED if isinstance(outcome, Deferred) else _UNFIT

    def find(self, outcome: Outcome, provider: str = "") -> Rule | None:
        """The rule that fits; None for what no server said with a 4xx or 5xx."""
        text, enhanced = outcome.text[:READ].lower(), outcome.enhanced
        if enhanced is None and (hit := _CONTRARY.match(text)):
            enhanced = hit[0]
        for rule in self._candidates(outcome):
            if rule.providers and provider not in rule.providers:
                continue
            if rule.enhanced is not None and (enhanced or "") not in rule.enhanced:
                continue
            if rule.text is None or text in rule.text:
                return rule
        return None

    def extended(self, text: str, source: str) -> Rulebook:
        """This book with the rules of a TOML text in front of its own.

        `ConfigurationError` names `source`, the line, the rule and the field.
        """
        own = read_rules(text, source)
        names = {rule.name for rule in self.rules}
        for rule in own:
            if rule.name in names:
                raise ConfigurationError(
                    f"{source}: rule {rule.name!r}: 'name': a built-in rule has this"
                    " name; choose another"
                )
        return Rulebook((*own, *self.rules))

    def _candidates(self, outcome: Outcome) -> tuple[Rule, ...]:
        code, stage = outcome.code, outcome.stage
        if code is None or stage is Stage.COMPOSE:
            return ()
        # The number of a carrier that is no SMTP server means something else.
        if not (isinstance(outcome, Deferred) and code in _TEMPORARY) and not (
            isinstance(outcome, Refused) and code in _PERMANENT
        ):
            return ()
        found = self._at.get((stage, code))
        if found is None:
            found = tuple(rule for rule in self.rules if rule.at(stage, code))
            self._at[stage, code] = found
        return found


@functools.cache
def builtin() -> Rulebook:
    """The book of the built-in table."""
    file = Path(__file__).with_name("replies.toml")
    return Rulebook(read_rules(file.read_text("utf-8"), file.name, builtin=True))


def open_rules(path: str | Path | None) -> Rulebook:
    """The built-in book, with the rules of a file in front; None: as it is.

    Raises `ConfigurationError`.
    """
    if path is None:
        return builtin()
    try:
        text = Path(path).read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigurationError(
            f"{path}:{line}: this is not UTF-8, which TOML files are; save it as UTF-8"
        ) from None
    except (OSError, ValueError) as error:  # ValueError: a null in a path
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConfigurationError(f"the rules {path} cannot be read: {reason}") from None
    return builtin().extended(text, str(path))


def judge(outcome: Outcome, provider: str = "") -> Verdict:
    """The verdict on one outcome by the built-in table."""
    if isinstance(outcome, Accepted):
        return _DELIVERED
    return builtin().judge(outcome, provider)
