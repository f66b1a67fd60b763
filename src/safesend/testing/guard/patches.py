"""Functions that are replaced for the length of one test, and put back."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import attrs

__all__ = ["Patches"]

Around = Callable[..., Any]
"""Called with the original function and its arguments, in the original's place."""

_BORN = "__init_subclass__"


@attrs.define
class Patches:
    """What was replaced, in that order."""

    _back: list[Callable[[], None]] = attrs.field(factory=list)

    def around(self, owner: Any, name: str, around: Around) -> None:
        """Have `around(original, *args, **kwargs)` called for a function of a class.

        Only one that the class itself defines; what it inherits is left alone.
        """
        theirs = vars(owner).get(name)
        if not callable(theirs):
            return

        @functools.wraps(theirs)
        def ours(*args: Any, **kwargs: Any) -> Any:
            return around(theirs, *args, **kwargs)

        setattr(owner, name, ours)
        self.later(lambda: _restore(owner, name, ours, theirs))

    def around_family(self, base: Any, arounds: Mapping[str, Around]) -> None:
        """The same for a class, all its descendants, and those that are yet to come."""
        for member in _family(base):
            self._around_all(member, arounds)
        if _BORN in vars(base):
            return

        def born(cls: Any, /, **kwargs: Any) -> None:
            super(base, cls).__init_subclass__(**kwargs)
            self._around_all(cls, arounds)

        setattr(base, _BORN, classmethod(born))
        self.later(lambda: delattr(base, _BORN))

    def _around_all(self, owner: Any, arounds: Mapping[str, Around]) -> None:
        for name, around in arounds.items():
            self.around(owner, name, around)

    def later(self, back: Callable[[], None]) -> None:
        """Something to do when all is put back."""
        self._back.append(back)

    def undo(self) -> None:
        """Put everything back, the last first."""
        while self._back:
            self._back.pop()()


def _restore(owner: Any, name: str, ours: Any, theirs: Any) -> None:
    """What somebody else has put there in the meantime stays there."""
    if vars(owner).get(name) is ours:
        setattr(owner, name, theirs)


def _family(base: Any) -> list[Any]:
    found = dict.fromkeys([base])
    for child in type.__subclasses__(base):
        found |= dict.fromkeys(_family(child))
    return list(found)
