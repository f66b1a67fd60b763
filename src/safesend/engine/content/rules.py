"""Rules of one's own for replies, as the text of a file that holds them.

So they are read as any file of rules is, and none can break a law.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from safesend.errors import ConfigurationError
from safesend.policies.replies import Rulebook, builtin
from safesend.policies.rule import Rule

__all__ = ["book_of", "text_of"]

_EVERY = frozenset(range(400, 600))
_CLASSES = {"4xx": frozenset(range(400, 500)), "5xx": frozenset(range(500, 600))}
_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_TEXTS = ("means", "advice", "source")
_FLAGS = ("greylisted", "too_many_connections", "used_up")


def text_of(book: Rulebook) -> str:
    """The rules that stand before the built-in ones, as TOML; "": there are none.

    Raises `ConfigurationError` for a book that was put together in another way.
    """
    known = builtin().rules
    own, rest = book.rules[: -len(known)], book.rules[-len(known) :]
    if rest != known:
        raise ConfigurationError(
            "these rules for replies cannot be kept in the ledger: give a file of"
            " rules, which stand before the built-in ones"
        )
    return "\n".join(_written(rule) for rule in own)


def book_of(text: str) -> Rulebook:
    """The built-in rules with those of a text before them."""
    return builtin().extended(text, "the rules of the campaign") if text else builtin()


def _written(rule: Rule) -> str:
    lines = [f"{key} = {_value(value)}" for key, value in _fields(rule) if value]
    return "\n".join(["[[rule]]", *lines, ""])


def _fields(rule: Rule) -> Iterator[tuple[str, Any]]:
    yield "name", rule.name
    yield "stage", sorted(rule.stages)
    yield "code", [] if rule.codes == _EVERY else [*_codes(rule.codes)]
    yield "enhanced", [*rule.enhanced.shown] if rule.enhanced else []
    yield "text", rule.text.shown if rule.text else ""
    yield "provider", sorted(rule.providers)
    yield "scope", rule.scope
    yield "do", sorted(rule.actions)
    yield "pause", _time(rule.pause)
    yield "wait", _time(rule.wait)
    yield "in_a_row", rule.in_a_row
    yield "then", rule.then
    for name in (*_FLAGS, *_TEXTS):
        yield name, getattr(rule, name)


def _codes(codes: frozenset[int]) -> Iterable[int | str]:
    """Single codes, and classes where all of one are meant."""
    for name, members in _CLASSES.items():
        if members <= codes:
            yield name
        else:
            yield from sorted(members & codes)


def _time(seconds: float | None) -> str:
    if seconds is None:
        return ""
    unit = next(unit for unit, size in _UNITS.items() if seconds % size == 0)
    return f"{seconds / _UNITS[unit]:.0f}{unit}"


def _value(value: Any) -> str:
    """JSON is TOML here, but for one character that TOML wants escaped."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
