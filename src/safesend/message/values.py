"""What a field of a row may hold: plain values, frozen, that survive being stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timezone
from decimal import Decimal
from types import MappingProxyType

__all__ = ["UnfitValue", "Value", "frozen_mapping", "frozen_value", "thawed_mapping"]

Value = (
    str
    | int
    | float
    | bool
    | Decimal
    | date
    | time
    | tuple["Value", ...]
    | Mapping[str, "Value"]
    | None
)
"""A `datetime` is a `date`. Lists become tuples, dicts become read-only."""

_DEEPEST = 20
_BITS = 4_096
_AS_THEY_ARE = frozenset({float, bool, Decimal, date, type(None)})


class UnfitValue(ValueError):
    """A value that a field cannot hold; the text says why, and never what it was."""


def frozen_mapping(fields: Mapping[str, object], depth: int = 0) -> Mapping[str, Value]:
    """A read-only copy with all values frozen. Raises `UnfitValue`."""
    return MappingProxyType(
        {_name(name): frozen_value(fields[name], depth) for name in fields}
    )


def frozen_value(value: object, depth: int = 0) -> Value:
    """The value as it is kept; equal to what it was, and the same after storing.

    Dates with a time zone keep their offset, not the name of the zone. Raises
    `UnfitValue` for other types, for nesting beyond 20 levels, whole numbers of more
    than 4,096 bits and text that is no Unicode (lone surrogates).
    """
    kind = type(value)
    if kind is str:
        return _text(value)  # type: ignore[arg-type]
    if kind in _AS_THEY_ARE:
        return value  # type: ignore[return-value]
    if depth > _DEEPEST:
        raise UnfitValue(f"is nested deeper than {_DEEPEST} levels")
    return _frozen_rest(value, depth)


def thawed_mapping(fields: Mapping[str, Value]) -> dict[str, object]:
    """The same as dicts, to be pickled or written; tuples stay tuples."""
    return {name: _thawed(value) for name, value in fields.items()}


def _thawed(value: Value) -> object:
    if isinstance(value, tuple):
        return tuple(_thawed(item) for item in value)
    return thawed_mapping(value) if isinstance(value, Mapping) else value


def _frozen_rest(value: object, depth: int) -> Value:
    match value:
        case str():  # Subclasses (Markup, StrEnum) lose what they add: a field is text.
            return _text(str.__str__(value))
        case int():
            return _whole(int.__int__(value))
        case float():
            return float.__float__(value)
        case datetime() | time() if type(value) in {datetime, time}:
            return _fixed(value)
        case list() | tuple():
            return _frozen_items(value, depth)
        case Mapping():
            return frozen_mapping(value, depth + 1)
    raise UnfitValue(
        f"holds a {type(value).__name__}; a field is text, a number, a date, a time,"
        " true, false, nothing, or lists and dicts of these"
    )


def _frozen_items(items: Iterable[object], depth: int) -> tuple[Value, ...]:
    return tuple(frozen_value(item, depth + 1) for item in items)


def _text(text: str) -> str:
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise UnfitValue(
                "holds text that is no Unicode (a lone surrogate); it was read with"
                " the wrong encoding"
            ) from None
    return text


def _whole(number: int) -> int:
    if number.bit_length() > _BITS:
        raise UnfitValue(f"is a whole number of more than {_BITS} bits")
    return number


def _fixed(moment: datetime | time) -> datetime | time:
    """The same with a fixed offset: a zone's name would not survive being stored."""
    offset = moment.utcoffset()
    zone = None if offset is None else timezone(offset)
    return moment.replace(tzinfo=zone, fold=0)


def _name(name: object) -> str:
    if type(name) is not str:
        raise UnfitValue(f"has a key that is a {type(name).__name__}, not text")
    return _text(name)
