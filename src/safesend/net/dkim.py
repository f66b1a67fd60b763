"""What DNS has published of a DKIM key. It is told the key's name, and no address."""

from __future__ import annotations

from collections.abc import Sequence

import dns.asyncbackend
import dns.asyncresolver
import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver

from safesend.errors import TransportError
from safesend.message.dkim import Dkim
from safesend.message.key_record import KeyFlaw, key_flaws

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
    try:
        resolver = dns.asyncresolver.Resolver(configure=nameservers is None)
        if nameservers is not None:
            resolver.nameservers = list(nameservers)
        resolver.port, resolver.lifetime = port, timeout
        resolver.timeout = timeout / 2
        resolver.use_edns()
        answer = await resolver.resolve(
            dns.name.from_text(name),
            dns.rdatatype.TXT,
            raise_on_no_answer=False,
            search=False,
            backend=dns.asyncbackend.get_backend("asyncio"),
        )
    except dns.resolver.NXDOMAIN:
        return ()
    except (dns.exception.DNSException, OSError) as error:
        kind = type(error).__name__
    else:
        # RFC 6376 section 3.6.2.2: the texts of a record are one, nothing between.
        return tuple(
            b"".join(record.strings).decode("utf-8", "replace")
            for record in answer.rrset or ()
        )
    raise TransportError(f"DNS could not tell what is at {name} ({kind}); try again")
