"""From a call of `send` to its mailing: what it needs is opened, and closed again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import attrs

from safesend.clock import SYSTEM
from safesend.engine import journal
from safesend.engine.company import Company
from safesend.engine.events import Listener, listener
from safesend.engine.keeping import Keeping
from safesend.engine.leaving import must_be_heard
from safesend.engine.mailing import Mailing
from safesend.engine.options import Options, idempotency
from safesend.engine.plan import Plan
from safesend.engine.report import Report
from safesend.engine.stop import Stop
from safesend.ledger.base import Ledger
from safesend.ledger.beside import open_or_default
from safesend.suppression.lending import lent
from safesend.transports import open_transport
from safesend.transports.base import Transport

__all__ = ["post"]


async def post(
    planned: Callable[[str | None], Plan],
    transport: Transport | str,
    ledger: tuple[Ledger | str | Path | None, str],
    on_event: Listener | Iterable[Listener] | None,
    options: Options,
    *,
    keeping: Keeping | None = None,
    company: Company | None = None,
    stop: Stop | None = None,
) -> Report:
    """Mail what is `planned`, given the carrier's header for idempotency.

    `ledger` is as it was given, with the name that it has by default. `keeping` lets
    others join, and `company` are those who do at once.
    """
    carrier = open_transport(transport) if isinstance(transport, str) else transport
    with lent(options.suppression) as shared:
        options = attrs.evolve(options, suppression=shared)
        settings = options.settings(carrier, SYSTEM.now())
        header, _ = idempotency(carrier)
        plan, tell = planned(header), listener(on_event, journal.hear)
        must_be_heard(plan.compiled.letterhead.unsubscribe_key, shared)
        given, _ = ledger
        book, reopen = open_or_default(*ledger)
        try:
            clock = book.clock(SYSTEM)
            settings = settings.moved(clock.now() - SYSTEM.now())
            mailing = Mailing(plan, book, carrier, settings, clock, tell, reopen)
            if keeping is not None:
                mailing.plan = keeping.plan(plan, book)
                mailing.content = partial(keeping.content, options, book)
            mailing.company, mailing.stop = company, stop
            return await mailing.mail()
        finally:
            if book is not given and book.name != ":memory:":
                book.close()
