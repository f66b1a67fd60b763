"""What is done again where a line to PostgreSQL was cut before it was done."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from safesend.errors import LedgerError

__all__ = ["Unfinished", "again"]

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Unfinished(LedgerError):
    """Nothing of the transaction was done; `again` repeats what needed it."""


class _Patient(Protocol):
    def repeat(self, call: Callable[[], _T]) -> _T: ...


class _HasDatabase(Protocol):
    @property
    def database(self) -> _Patient: ...


_S = TypeVar("_S", bound=_HasDatabase)


def again(
    method: Callable[Concatenate[_S, _P], _T],
) -> Callable[Concatenate[_S, _P], _T]:
    """A method with one transaction: repeated where nothing of that was done.

    Its object has a `database`.
    """

    @functools.wraps(method)
    def repeated(self: _S, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        return self.database.repeat(functools.partial(method, self, *args, **kwargs))

    return repeated
