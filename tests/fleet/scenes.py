"""Ledgers with campaigns in them, for the tests of those who send them."""

from __future__ import annotations

import asyncio
from contextlib import closing, nullcontext

from engine.content.samples import campaign
from safesend import Recipient
from safesend.engine.content import Way
from safesend.engine.joining import enlist
from safesend.engine.options import Options
from safesend.fleet.health import Health
from safesend.fleet.secrets import Secrets
from safesend.fleet.serving import Audience, Job, serve
from safesend.ledger import open_ledger
from safesend.transports import MemoryTransport

__all__ = ["NOBODY", "counts", "enlisted", "people", "served"]

NOBODY = Secrets()


def people(count, domain="example.com"):
    """So many recipients with a name each."""
    return [Recipient(f"p{n}@{domain}", name=f"Name {n}") for n in range(count)]


def enlisted(place, outbox, count=5, name="spring", letter=None, **options):
    """Put a campaign into the ledger at that place, to be sent into that folder."""
    letter = letter or campaign(name=name, audience=people(count))
    how = Options(**{"give_up_after": "2d", "confirm_changes": False, **options})
    way = Way(url=outbox if ":" in str(outbox) else f"eml:{outbox}")
    with closing(open_ledger(place)) as book:
        asyncio.run(enlist(letter, how, book, MemoryTransport(), way=way))


def counts(place, name="spring"):
    """How many rows of a campaign stand in each state."""
    with closing(open_ledger(place)) as book:
        [record] = [one for one in book.campaigns() if one.name == name]
        return dict(book.counts(record.id))


def served(place, stop, said, *, turned=lambda _: None, health=None, **more):
    """Serve a ledger; what a person is told is put into `said`."""
    job = Job(ledger=str(place), **{"secrets": NOBODY, **more})
    audience = Audience(watch=lambda _: nullcontext([]), turned=turned, say=said.append)
    return asyncio.run(serve(job, audience, stop, health or Health(stop)))
