"""Several processes for one run: they are started, listened to, and waited for."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial

import attrs

from safesend.engine.events import Event, Listener, Noted, Progressed
from safesend.fleet.order import Order
from safesend.fleet.telling import Over, told
from safesend.ledger.base import CampaignRecord

__all__ = ["Crew", "cores", "merged"]

LONG = 10_000
"""People from which on a list is long: more processes pay for their start."""


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0))


@attrs.define(eq=False)
class _Mate:
    """One of them, as far as it is known here."""

    process: subprocess.Popen[bytes]
    progress: Progressed | None = None
    last: Over | None = None
    ended: asyncio.Event = attrs.field(factory=asyncio.Event)
    missed: bool = False
    """Whether its rows were looked for, as it died."""

    def dismiss(self) -> None:
        """Its orders end."""
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):
            self.process.stdin.close()


@attrs.define(eq=False)
class Crew:
    """See `Company`. Listens to the run of this process, and tells of all.

    `wanted` processes, this one among them; None: as many as there are processors,
    where the list is long. `order` gives that of a mate, for so many lanes.
    """

    wanted: int | None
    order: Callable[[str, int], Order]
    tell: Listener
    long: int = LONG
    patience: float = 60.0
    """Seconds for which the others are waited for without a word."""
    _mates: list[_Mate] = attrs.field(factory=list)
    _own: Progressed | None = None
    _total: int = 0

    def begin(self, record: CampaignRecord, waiting: int, lanes: int) -> int:
        """See `Company.begin`."""
        wanted = self.wanted
        if wanted is None:
            wanted = cores() if waiting >= self.long else 1
        count = max(1, min(wanted, lanes, waiting))
        self._total = waiting
        shares = [lanes // count + (number < lanes % count) for number in range(count)]
        for share in shares[1:]:
            self._mates.append(_started(self.order(record.name, share)))
        for number, mate in enumerate(self._mates):
            hear = partial(self._hear, number)
            threading.Thread(
                target=_listen,
                args=(mate, asyncio.get_running_loop(), hear),
                name="safesend-mate",
                daemon=True,
            ).start()
        return shares[0]

    async def over(self, *, stopped: bool) -> bool:
        """See `Company.over`."""
        if stopped:
            self._dismiss()
        await self._all_ended()
        died = [mate for mate in self._mates if mate.last is None and not mate.missed]
        for mate in died:
            mate.missed = True
        return bool(died) and not stopped

    async def end(self) -> None:
        """See `Company.end`."""
        self._dismiss()
        await self._all_ended()

    async def _all_ended(self) -> None:
        """Wait for them; it is said of whom, should it take long."""
        for mate in self._mates:
            ended = asyncio.ensure_future(mate.ended.wait())
            _, late = await asyncio.wait([ended], timeout=self.patience)
            if late:
                number = mate.process.pid
                self._note(
                    f"process {number} of this run is waited for, which has not ended"
                    f" yet; if it hangs: kill -9 {number}"
                )
                await ended

    def hear(self, event: Event) -> None:
        """An event of this process's own run."""
        if isinstance(event, Progressed):
            self._own = event
            self._tell_progress()
        else:
            self.tell(event)

    def _hear(self, number: int, word: Event | Over | None) -> None:
        """A word of a mate; None when it is gone."""
        mate = self._mates[number]
        if isinstance(word, Over):
            mate.last = word
            if word.trouble:
                self._note(f"one of the processes cannot help: {word.trouble}")
        elif word is None:
            if mate.last is None:
                code = mate.process.returncode
                self._note(f"one of the processes died ({code}); the others go on")
            mate.dismiss()
            mate.ended.set()
        elif isinstance(word, Progressed):
            mate.progress = word
            self._tell_progress()
        else:
            self.tell(word)

    def _note(self, words: str) -> None:
        self.tell(Noted("this run", words))

    def _tell_progress(self) -> None:
        known = [self._own, *(mate.progress for mate in self._mates)]
        self.tell(merged([one for one in known if one is not None], self._total))

    def _dismiss(self) -> None:
        for mate in self._mates:
            mate.dismiss()


def merged(known: list[Progressed], total: int) -> Progressed:
    """How far all of them are together."""
    done = min(total, sum(one.done for one in known))
    rate = sum(one.rate for one in known)
    return Progressed(
        done=done,
        total=total,
        accepted=sum(one.accepted for one in known),
        deferred=sum(one.deferred for one in known),
        refused=sum(one.refused for one in known),
        in_doubt=sum(one.in_doubt for one in known),
        rate=rate,
        eta=(total - done) / rate if rate else None,
    )


def _started(order: Order) -> _Mate:
    process = subprocess.Popen(
        [sys.executable, "-m", "safesend.fleet"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):  # it is heard that it died
        process.stdin.write(order.line())
        process.stdin.flush()
    return _Mate(process)


def _listen(
    mate: _Mate,
    loop: asyncio.AbstractEventLoop,
    hear: Callable[[Event | Over | None], None],
) -> None:
    assert mate.process.stdout is not None
    while (word := told(mate.process.stdout)) is not None:
        loop.call_soon_threadsafe(hear, word)
    mate.process.stdout.close()
    mate.process.wait()
    loop.call_soon_threadsafe(hear, None)
