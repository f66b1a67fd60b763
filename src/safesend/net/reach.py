"""From a demand to a line that meets it: greeted, secured, ready for a letter.

Where TLS cannot be had as demanded and something else will do, it is tried on a new
line: nothing is said in clear on one that a handshake has failed on.
"""

from __future__ import annotations

import functools
import logging
import ssl
from collections.abc import Awaitable, Callable

import attrs

from safesend.delivery import Stage
from safesend.errors import TransportError
from safesend.net.connection import Connection
from safesend.net.demand import Demand, Proof
from safesend.net.tls import client_context, recorded_context, unnamed_context
from safesend.smtp.capabilities import Capabilities
from safesend.smtp.opening import Opening, Security, opening

__all__ = ["Contexts", "reach"]

_LOG = logging.getLogger("safesend")


@attrs.frozen
class Contexts:
    """The TLS settings for each kind of proof, made once.

    `named` verifies certificates and names, by the system's authorities unless given.
    """

    _named: ssl.SSLContext | None = attrs.field(default=None, repr=False, alias="named")

    @functools.cached_property
    def named(self) -> ssl.SSLContext:
        """For a certificate that an authority vouches for."""
        return client_context() if self._named is None else self._named

    @functools.cached_property
    def recorded(self) -> ssl.SSLContext:
        """For a certificate that is compared with records."""
        return recorded_context()

    @functools.cached_property
    def unnamed(self) -> ssl.SSLContext:
        """For whoever answers."""
        return unnamed_context()

    def of(self, proof: Proof) -> ssl.SSLContext:
        """Those for a proof."""
        if proof is Proof.RECORDED:
            return self.recorded
        return self.named if proof is Proof.NAMED else self.unnamed


async def reach(
    demand: Demand,
    connect: Callable[[], Awaitable[Connection]],
    settings: Opening,
    contexts: Contexts,
) -> tuple[Connection, Capabilities]:
    """An open session that proves what is demanded, and what the server can do.

    `connect` gives a fresh line to the host; it is called again for each demand that
    will do in place of one that failed. `security` of the settings is not looked at.
    Raises `TransportError`, never a permanent one for trouble with TLS (RFC 7672
    section 2.2, RFC 8461 section 5: the mail waits); nothing of a letter was written.
    """
    while True:
        try:
            return await _reached(demand, await connect(), settings, contexts)
        except TransportError as error:
            if error.stage != Stage.STARTTLS:
                raise
            if demand.otherwise is None:
                raise _unmet(demand, error) from None
            _LOG.info("%s: %s; another way is tried", demand.name, error)
            demand = demand.otherwise


async def _reached(
    demand: Demand, connection: Connection, settings: Opening, contexts: Contexts
) -> tuple[Connection, Capabilities]:
    clear = demand.proof is Proof.NOTHING
    if not clear:
        connection.trust(contexts.of(demand.proof), demand.name, demand.records)
    settings = attrs.evolve(
        settings,
        security=Security.PLAINTEXT if clear else Security.STARTTLS,
        or_in_clear=demand.proof is Proof.ENCRYPTED and demand.surely is Proof.NOTHING,
    )
    try:
        return connection, await connection.run(opening(settings))
    except TransportError:
        await connection.close()
        raise
    except BaseException:
        connection.abort("connecting was broken off")
        raise


def _unmet(demand: Demand, error: TransportError) -> TransportError:
    asked = f" ({demand.reason})" if demand.reason else ""
    return TransportError(
        f"{demand.name}: {error}{asked}",
        stage=error.stage,
        code=error.code,
        enhanced=error.enhanced,
    )
