"""Values as octets, in one way only: JSON in UTF-8 behind a line with the version.

Keys are sorted and nothing stands between the marks, so that the same values are the
same octets everywhere. What is read must be that very spelling, and of the shape that
is expected. A shape is a type; a list of one shape; a tuple of shapes, one of which
fits; a mapping of names to shapes, all of which are there; or `Named`, a mapping of any
names.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

import attrs

from safesend.errors import LedgerError

__all__ = ["Named", "fits", "read", "written"]

_KIND = b"safesend content "
_VERSION = b"1"
_LARGEST = 64 * 2**20
"""Octets of a manifest: a letter, without its files."""


@attrs.frozen
class Named:
    """The shape of a mapping of any names to values of one shape."""

    shape: Any


def written(value: Any) -> bytes:
    """The octets of a value that is made of what JSON has."""
    text = json.dumps(
        value,
        ensure_ascii=False,
        allow_nan=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    # Half a surrogate pair may stand in a text; the letter says what becomes of it.
    return _KIND + _VERSION + b"\n" + text.encode(errors="surrogatepass")


def read(octets: bytes, shape: Any) -> Any:
    """The value that was written. Raises `LedgerError` for everything else."""
    if len(octets) > _LARGEST:
        _refuse("it is larger than any that is written")
    head, _, text = octets.partition(b"\n")
    if head != _KIND + _VERSION:
        if head.startswith(_KIND) and head[len(_KIND) :].isdigit():
            _refuse("another version of safesend wrote it; use one on all machines")
        _refuse("it is none")
    try:
        value = json.loads(text.decode(errors="surrogatepass"))
        same = written(value) == octets
    except (ValueError, RecursionError):
        same = False
    # Names that stand there twice, blanks, other spellings of a number.
    if not same:
        _refuse("it is damaged, or another program wrote it")
    if not fits(value, shape):
        _refuse("something is missing in it, or is not what it should be")
    return value


def fits(value: Any, shape: Any) -> bool:
    """Whether a value has that shape."""
    match shape:
        case tuple():
            return any(fits(value, one) for one in shape)
        case list():
            return type(value) is list and all(fits(one, shape[0]) for one in value)
        case Named():
            return type(value) is dict and fits([*value.values()], [shape.shape])
        case dict():
            return (
                type(value) is dict
                and value.keys() == shape.keys()
                and all(fits(value[name], one) for name, one in shape.items())
            )
    return type(value) is shape


def _refuse(reason: str) -> NoReturn:
    raise LedgerError(
        f"what the ledger keeps as the campaign cannot be read: {reason}. Nothing of it"
        " is sent"
    )
