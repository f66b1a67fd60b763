"""What DNS has published of a DKIM key. It is told the key's name, and no address."""

from __future__ import annotations

from collections.abc import Sequence

from safesend.errors import TransportError
from safesend.message.dkim import Dkim
from safesend.message.key_record import KeyFlaw, key_flaws
from safesend.net.resolver import Resolver, Unanswered

__all__ = ["check_key", "published"]


async def check_key(
    dkim: Dkim,
    *,
    nameservers: Sequence[str] | None = None,
    port: int = 53,
    timeout: float = 5.0,  # noqa: ASYNC109 - of DNS, over all tries
) -> list[KeyFlaw]:
    """What stands against the key as DNS has it; nothing where all is well.

    Raises `TransportError` where DNS could not tell.
    """
    records = await published(
        dkim.name, nameservers=nameservers, port=port, timeout=timeout
    )
    return key_flaws(dkim, records)


async def published(
    name: str,
    *,
    nameservers: Sequence[str] | None = None,
    port: int = 53,
    timeout: float = 5.0,  # noqa: ASYNC109 - of DNS, over all tries
) -> tuple[str, ...]:
    """The TXT records of a name, each of them whole; () where there are none."""
    resolver = Resolver(nameservers, port=port, timeout=timeout)
    try:
        # RFC 6376 section 3.6.2.2: the texts of a record are one, nothing between.
        return (await resolver.ask(name, "TXT")).texts
    except Unanswered as error:
        reason = f"DNS could not tell what is there: {error}; try again"
    raise TransportError(reason)
