"""One short piece of work: open the ledger, send what is due, let go of everything.

Any number of pumps may run at once, and any of them may die: no row is sent by two.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import ExitStack, closing
from pathlib import Path

import attrs

from safesend.engine.events import Listener
from safesend.engine.joining import Joint, join, joint
from safesend.engine.report import Report
from safesend.engine.stop import Stop
from safesend.engine.sync import from_sync
from safesend.fleet.carriers import carrier_of
from safesend.fleet.secrets import Secrets
from safesend.ledger import open_ledger
from safesend.suppression.lending import lent
from safesend.transports.base import Transport

__all__ = ["Pumped", "apump", "pump"]


@attrs.frozen(kw_only=True)
class Pumped:
    """What came of it.

    `waiting` rows are still to be sent, by whomever; `next_due` is when the first of
    them may be (seconds since 1970; None: none waits, or a person holds all of them).
    """

    report: Report
    waiting: int
    next_due: float | None


def pump(
    ledger: str,
    campaign: str | None,
    *,
    secrets: Secrets,
    seconds: float | None = None,
    via: Transport | str | None = None,
    lanes: int | None = None,
    on_event: Listener | Iterable[Listener] | None = None,
    stop: Stop | None = None,
) -> Pumped:
    """Send what waits in a campaign of that ledger, for so many seconds at most.

    `campaign` is its name, None for the only one that can be meant. Without `seconds`
    it returns when nothing is due within a minute. `via` is a carrier in place of the
    campaign's own. `stop`, asked from a thread or a signal, ends it as the seconds do:
    what is on the wire finishes and is recorded, the rest goes back.

    Raises what `join` raises, and `ConfigurationError` where a secret is missing.
    """
    return from_sync(
        lambda: apump(
            ledger,
            campaign,
            secrets=secrets,
            seconds=seconds,
            via=via,
            lanes=lanes,
            on_event=on_event,
            stop=stop,
        )
    )


async def apump(
    ledger: str,
    campaign: str | None,
    *,
    secrets: Secrets,
    seconds: float | None = None,
    via: Transport | str | None = None,
    lanes: int | None = None,
    on_event: Listener | Iterable[Listener] | None = None,
    stop: Stop | None = None,
) -> Pumped:
    """The same as `pump`, awaited."""
    home = secrets.key_home
    with ExitStack() as stack:
        found = await _found(ledger, home, campaign)
        stack.enter_context(closing(found.ledger))
        carrier = carrier_of(found.kept.ways, via, secrets)
        shared = stack.enter_context(lent(secrets.suppression))
        report = await join(
            found,
            carrier,
            keys=secrets.keys(found.kept, shared),
            suppression=shared,
            deadline=seconds,
            lanes=lanes,
            on_event=on_event,
            reopen=lambda: closing(open_ledger(ledger, key_home=home)),
            stop=stop,
        )
    return Pumped(report=report, waiting=report.waiting, next_due=report.next_due)


async def _found(place: str, key_home: Path | None, campaign: str | None) -> Joint:
    """The campaign, its ledger open; a server that is away holds up no loop."""
    looking = asyncio.ensure_future(asyncio.to_thread(_open, place, key_home, campaign))
    try:
        return await asyncio.shield(looking)
    except asyncio.CancelledError:
        looking.add_done_callback(_let_go)
        raise


def _open(place: str, key_home: Path | None, campaign: str | None) -> Joint:
    book = open_ledger(place, key_home=key_home)
    try:
        return joint(book, campaign)
    except BaseException:
        book.close()
        raise


def _let_go(looking: asyncio.Future[Joint]) -> None:
    if not looking.cancelled() and looking.exception() is None:
        looking.result().ledger.close()
