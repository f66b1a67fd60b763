"""How these tests carry envelopes, and make the ones that no campaign would."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import resource
from collections.abc import Iterable, Iterator

from message.letters import forged
from safesend.delivery import Outcome
from safesend.message.envelope import Envelope
from safesend.testing import make_envelopes
from safesend.transports.base import Transport

__all__ = ["carry", "largest_file", "raw"]


def carry(transport: Transport, envelopes: Iterable[Envelope]) -> list[Outcome]:
    """The outcomes of one session."""

    async def session() -> list[Outcome]:
        opened = await transport.connect(transport.name)
        try:
            return [outcome async for outcome in opened.deliver(envelopes)]
        finally:
            await opened.close()

    return asyncio.run(session())


def raw(content: bytes, message_id: str | None = None) -> Envelope:
    """An envelope whose content no campaign would make."""
    [envelope] = make_envelopes(1)
    name = message_id or f"<{hashlib.sha256(content).hexdigest()[:26]}@example.org>"
    return forged(envelope, segments=(content,), size=len(content), message_id=name)


@contextlib.contextmanager
def largest_file(octets: int) -> Iterator[None]:
    """Any file of this process that grows beyond fails: the disk is full."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
