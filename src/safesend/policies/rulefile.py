"""TOML -> rules: every field known, every value right, errors with file and line."""

from __future__ import annotations

import difflib
import itertools
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, TypeVar

import attrs

from safesend.delivery import Stage
from safesend.errors import ConfigurationError
from safesend.policies.rule import Action, BadRule, Codes, Rule, Scope, Wording

__all__ = ["FIELDS", "read_rules"]

E = TypeVar("E", bound=StrEnum)

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_PROVIDER = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
_DURATION = re.compile(r"(\d{1,6}) ?([smhd])")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_CLASSES = {"4xx": range(400, 500), "5xx": range(500, 600)}
_CODES = range(400, 600)
_ENHANCED = re.compile(r"([45x])\.(x|\d{1,3})\.(x|\d{1,3}(?:-\d{1,3})?)")
_STAGES = tuple(stage for stage in Stage if stage is not Stage.COMPOSE)
_PATTERN_LENGTH = 400
# Escapes and classes are stepped over; what is left of `*`, `+`, `{`, `?` repeats.
_PIECE = re.compile(
    r"\\(?P<escaped>.)|\[\^?\]?(?:\\.|[^\]\\])*\]|(?P<open>\()(?:\?(?P<kind>.))?"
    r"|(?P<group>\)?)(?P<repeat>[*+?{])\??|(?P<close>\))|(?P<bar>\|)",
    re.DOTALL,
)
_CAPITALS = re.compile(r"(\\.)|[^\\]+", re.DOTALL)
# \x4b is a capital that stays one.
_NUMBERED = re.compile(r"\\[xuUN0-7]")
_REPEATS, _OPTIONS = 1, 8


def read_rules(text: str, source: str, *, builtin: bool = False) -> tuple[Rule, ...]:
    """The rules of a file, in order; `source` is how the errors call it."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(_syntax(source, error)) from None
    for key in raw:
        if key != "rule":
            raise ConfigurationError(
                f"{source}{_heading(text, key)}: {key!r} is not known; a file of rules"
                " holds [[rule]] only"
            )
    tables = raw.get("rule", [])
    if not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
        raise ConfigurationError(
            f"{source}{_heading(text, 'rule')}: write each rule as a table [[rule]]"
        )
    lines = _lines(text)
    rules: dict[str, Rule] = {}
    for number, table in enumerate(tables):
        where = lines[number] if number < len(lines) else {}
        rule = _Draft(source, number + 1, table, where).rule(builtin=builtin)
        if rule.name in rules:
            raise ConfigurationError(
                f"{source}{_line(where, 'name')}: two rules are called {rule.name!r}"
            )
        rules[rule.name] = rule
    return tuple(rules.values())


def _syntax(source: str, error: tomllib.TOMLDecodeError) -> str:
    reason, _, place = str(error).partition(" (at ")
    hit = re.match(r"line (\d+), column (\d+)", place)
    where = f"{source}:{hit[1]}:{hit[2]}" if hit else source
    at_end = " (at the end of the file)" if place.startswith("end") else ""
    return f"{where}: {reason}{at_end}; this is not TOML"


def _heading(text: str, key: str) -> str:
    """The line of a key, or of its table; nothing where it is hidden well."""
    begins = re.compile(rf"\s*\[{{0,2}}\s*[\"']?{re.escape(key)}\b")
    for number, line in enumerate(text.splitlines(), 1):
        if begins.match(line):
            return f":{number}"
    return ""


_HEADING = re.compile(r"\s*\[\[\s*[\"']?rule[\"']?\s*\]\]")
_KEY = re.compile(r"\s*[\"']?([\w-]+)[\"']?\s*=")


def _lines(text: str) -> list[dict[str, int]]:
    """For each [[rule]] the lines of its keys, its own under ""; a best effort."""
    found: list[dict[str, int]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if _HEADING.match(line):
            found.append({"": number})
        elif found and (key := _KEY.match(line)):
            found[-1].setdefault(key[1], number)
    return found


def _line(lines: Mapping[str, int], field: str) -> str:
    line = lines.get(field, lines.get(""))
    return f":{line}" if line else ""


class _Unread(Exception):
    """A value that a field cannot have; the text says what it can."""


@attrs.frozen
class _Draft:
    """A table on its way to a rule: makes its errors name rule, line and field."""

    source: str
    number: int
    table: Mapping[str, Any]
    lines: Mapping[str, int]

    def rule(self, *, builtin: bool) -> Rule:
        fields: dict[str, Any] = {"name": self._name()}
        for key, value in self.table.items():
            if key not in FIELDS or (key == "temporary" and not builtin):
                raise self._wrong(key, _unknown(key))
            field, read = FIELDS[key]
            try:
                fields[field] = read(value)
            except _Unread as error:
                raise self._wrong(key, str(error)) from None
        for key in ("scope", "do", "means"):
            if not self.table.get(key):
                raise self._wrong(key, "is missing or empty")
        try:
            return Rule(**fields)
        except BadRule as error:
            raise self._wrong(error.field, error.reason) from None

    def _name(self) -> str:
        name = self.table.get("name")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise self._wrong(
                "name", 'must be small letters, digits and hyphens: "too-many-bounces"'
            )
        return name

    def _wrong(self, field: str, reason: str) -> ConfigurationError:
        name = self.table.get("name")
        which = f"rule {name!r}" if isinstance(name, str) else f"rule {self.number}"
        where = f"{self.source}{_line(self.lines, field)}"
        return ConfigurationError(f"{where}: {which}: {field!r}: {reason}")


def _unknown(key: str) -> str:
    if key == "temporary":
        return "only the built-in rules may call a 5xx temporary"
    known = [name for name in FIELDS if name != "temporary"]
    near = difflib.get_close_matches(key, known, 1)
    hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(known)}"
    return f"is not known{hint}"


def _listed(value: Any) -> list[Any]:
    found = value if isinstance(value, list) else [value]
    if not found:
        raise _Unread("an empty list fits nothing; leave it out to fit everything")
    return found


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _Unread('must be a text in quotes ("...")')
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Unread("must be true or false")
    return value


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise _Unread("must be a whole number")
    return value


def _one(kind: type[E], allowed: Iterable[E]) -> Callable[[Any], E]:
    names = [str(one) for one in allowed]

    def read(value: Any) -> E:
        if value not in names:
            raise _Unread(f"{value!r} is none of {', '.join(names)}")
        return kind(value)

    return read


def _some(read: Callable[[Any], E]) -> Callable[[Any], frozenset[E]]:
    return lambda value: frozenset(map(read, _listed(value)))


def _codes(value: Any) -> frozenset[int]:
    found: set[int] = set()
    for one in _listed(value):
        if type(one) is int and one in _CODES:
            found.add(one)
        elif isinstance(one, str) and one in _CLASSES:
            found.update(_CLASSES[one])
        else:
            raise _Unread(f'{one!r} is no code from 400 to 599, "4xx" or "5xx"')
    return frozenset(found)


def _providers(value: Any) -> frozenset[str]:
    for one in _listed(value):
        if not isinstance(one, str) or not _PROVIDER.fullmatch(one):
            raise _Unread(f'{one!r} is no name of a provider, such as "google"')
    return frozenset(_listed(value))


def _enhanced(value: Any) -> Codes:
    exact: set[str] = set()
    patterns: list[str] = []
    for one in _listed(value):
        hit = _ENHANCED.fullmatch(one) if isinstance(one, str) else None
        if hit is None:
            raise _Unread(f'{one!r} is none of "5.1.1", "5.7.x", "5.7.606-649"')
        if hit[2] == "x" or hit[3] == "x":
            parts = (hit[1].replace("x", "[45]"), _digits(hit[2]), _digits(hit[3]))
            patterns.append(r"\.".join(parts))
        else:
            exact.update(_spelt_out(hit[1], hit[2], hit[3]))
    pattern = re.compile("|".join(patterns)) if patterns else None
    return Codes(frozenset(exact), pattern, tuple(_listed(value)))


def _digits(part: str) -> str:
    if "-" in part:
        raise _Unread("an x and a range do not go together")
    return r"\d{1,3}" if part == "x" else part


def _spelt_out(first: str, subject: str, detail: str) -> Iterable[str]:
    low, _, high = detail.partition("-")
    details = range(int(low), int(high or low) + 1)
    if not details:
        raise _Unread(f"the range {detail} ends before it begins")
    classes = "45" if first == "x" else first
    return (f"{c}.{subject}.{d}" for c, d in itertools.product(classes, details))


def _wording(value: Any) -> Wording:
    text = _text(value)
    if not text or len(text) > _PATTERN_LENGTH:
        raise _Unread(f"must have 1 to {_PATTERN_LENGTH} characters")
    try:
        small = _CAPITALS.sub(lambda hit: hit[0] if hit[1] else hit[0].lower(), text)
        pattern = re.compile(small, re.IGNORECASE if _NUMBERED.search(text) else 0)
    except (re.error, OverflowError, RecursionError) as error:
        raise _Unread(f"is no regular expression: {error}") from None
    _check_time(text)
    return Wording(text, pattern)


def _check_time(pattern: str) -> None:
    """Refuse what may take longer than a few looks at every character of a reply."""
    groups = [[[0, 0]]]  # of each alternative of each open group: repeats, options
    for hit in _PIECE.finditer(pattern):
        if (hit["escaped"] or "x").isdigit() or (hit["kind"] or ":") not in ":=!":
            raise _Unread("of (?...) only (?:...), (?=...) and (?!...), and no \\1")
        if hit["group"] and hit["repeat"] != "?":
            raise _Unread("a group that repeats may take for ever; write it out")
        if hit["open"]:
            groups.append([[0, 0]])
        elif hit["bar"]:
            groups[-1].append([0, 0])
        if hit["close"] or hit["group"]:
            costs = map(max, zip(*groups.pop(), strict=True))
            groups[-1][-1] = [a + b for a, b in zip(groups[-1][-1], costs, strict=True)]
        if hit["repeat"]:
            groups[-1][-1][hit["repeat"] == "?"] += 1
    repeats, options = map(max, zip(*groups[0], strict=True))
    if repeats > _REPEATS or options > _OPTIONS:
        raise _Unread(
            f"more than {_REPEATS} repeat (* + {{) or {_OPTIONS} options (?)"
            " between two bars may take for ever; make it two rules"
        )


def _duration(value: Any) -> float:
    hit = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if hit is None or int(hit[1]) == 0:
        raise _Unread(f'{value!r} is no time: write "90s", "10m", "2h" or "1d"')
    return int(hit[1]) * _UNITS[hit[2]]


FIELDS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "name": ("name", _text),
    "stage": ("stages", _some(_one(Stage, _STAGES))),
    "code": ("codes", _codes),
    "enhanced": ("enhanced", _enhanced),
    "text": ("text", _wording),
    "provider": ("providers", _providers),
    "scope": ("scope", _one(Scope, Scope)),
    "do": ("actions", _some(_one(Action, Action))),
    "pause": ("pause", _duration),
    "wait": ("wait", _duration),
    "in_a_row": ("in_a_row", _whole),
    "then": ("then", _one(Action, Action)),
    "greylisted": ("greylisted", _flag),
    "too_many_connections": ("too_many_connections", _flag),
    "used_up": ("used_up", _flag),
    "means": ("means", _text),
    "advice": ("advice", _text),
    "source": ("source", _text),
    "temporary": ("temporary", _flag),
}
"""The fields of a rule in a file: which field of `Rule` each is, and how it is read."""
