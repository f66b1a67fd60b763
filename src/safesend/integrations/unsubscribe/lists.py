"""The lists that the page writes to: each link is booked where it was made."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from safesend.errors import (
    ConfigurationError,
    LedgerBusy,
    LedgerError,
    SafesendError,
)
from safesend.message.unsubscribe import Leave
from safesend.suppression import SuppressionList
from safesend.suppression.lending import existing_list, lent

__all__ = ["Given", "Lists", "OnLeave"]

Given = SuppressionList | str | Path
OnLeave = Callable[[Leave], object]

_LOG = logging.getLogger("safesend")


class _Shelf:
    """One list: as it was given, or opened in each process that writes to it."""

    def __init__(self, given: Given) -> None:
        # Somebody else closes it; over a fork it is not carried either.
        self._given = given if isinstance(given, SuppressionList) else None
        self._home = None if self._given is None else self._given.key_home
        self._opened: SuppressionList | None = None
        self._inherited: list[SuppressionList] = []
        self._process = os.getpid()
        with lent(given) as found:
            if found is None:
                raise ConfigurationError("the page needs a suppression list, not None")
            self.name = found.name
            self.key = found.unsubscribe_key()

    def book(self, token: str) -> bool:
        """Put on the list whose token it is; says whether they are new."""
        new = self._list().unsubscribe(token)
        if new is None:
            raise LedgerError(
                f"the suppression list {self.name} has another key than when the page"
                " was started; start it again"
            )
        return new

    def let_go(self) -> None:
        """Close what was opened here; the next one opens it again."""
        self._disown()
        found, self._opened = self._opened, None
        if found is not None:
            with contextlib.suppress(LedgerError):
                found.close()

    def _list(self) -> SuppressionList:
        self._disown()
        if self._given is not None:
            return self._given
        if self._opened is None:
            self._opened = existing_list(self.name, self._home)
        return self._opened

    def _disown(self) -> None:
        """Keep what the parent of a fork opened, and never touch it.

        A connection must not be carried over a fork, nor closed in the child
        (https://sqlite.org/howtocorrupt.html, section 2.6).
        """
        if self._process != os.getpid():
            self._inherited += [one for one in (self._given, self._opened) if one]
            self._given = self._opened = None
            self._process = os.getpid()


class Lists:
    """One list, or several, for many threads at once."""

    patience = 5.0
    """Seconds to wait for one's turn; another process is waited for besides."""

    def __init__(
        self, given: Given | Iterable[Given], on_leave: OnLeave | None = None
    ) -> None:
        self._shelves = [_Shelf(one) for one in _each(given)]
        if not self._shelves:
            raise ConfigurationError("the page needs at least one suppression list")
        self._on_leave = on_leave
        self._turn = threading.Lock()

    def knows(self, token: str) -> bool:
        """Whether one of the lists made that token."""
        if any(shelf.key.open(token) for shelf in self._shelves):
            return True
        # Whoever follows it is not told, and the page may be the wrong one for all.
        _LOG.warning(
            "somebody followed a link that was not made with the key of %s, and is on"
            " no list; if that was no preflight: is a list missing here?",
            ", ".join(shelf.name for shelf in self._shelves),
        )
        return False

    def book(self, token: str) -> bool:
        """Put on every list with the key of this token; False: it was not possible.

        It waits for the disk, and for others who write.
        """
        if not self._turn.acquire(timeout=self.patience):
            _LOG.error("unsubscribing: too many wait for the suppression list")
            return False
        new: list[Leave] = []
        try:
            done = [self._booked(shelf, token, new) for shelf in self._shelves]
        finally:
            self._turn.release()
        self._tell(new)
        return all(done)

    def close(self) -> None:
        """Close what was opened here, when what is being written is written."""
        with self._turn:
            for shelf in self._shelves:
                shelf.let_go()

    def _booked(self, shelf: _Shelf, token: str, new: list[Leave]) -> bool:
        leave = shelf.key.open(token)
        if leave is None:
            return True
        try:
            if shelf.book(token):
                new.append(leave)
        except Exception as error:  # noqa: BLE001 - its traceback would have the link
            known = isinstance(error, SafesendError | OSError)
            # Those say nothing of a person; of another nobody knows.
            why = error if known else type(error).__name__
            _LOG.error("somebody could not be unsubscribed: %s", why)
            if not isinstance(error, LedgerBusy):
                shelf.let_go()
            return False
        return True

    def _tell(self, new: list[Leave]) -> None:
        if self._on_leave is None:
            return
        for leave in new:
            try:
                self._on_leave(leave)
            except Exception:  # noqa: BLE001 - theirs, and they hear of it
                _LOG.exception("on_leave failed; whoever it was told of is on the list")


def _each(given: Given | Iterable[Given]) -> Iterator[Given]:
    if isinstance(given, Iterable) and not isinstance(given, str):
        yield from given
    else:
        yield given
