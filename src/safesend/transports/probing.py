"""A look at one server, by the very path that letters go: no sender, no recipient."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import attrs

from safesend.delivery import Stage
from safesend.errors import TransportError
from safesend.net.connection import Connection
from safesend.net.tls import old_context
from safesend.smtp import Opening, SmtpSession, Timeouts, opening
from safesend.smtp.seen import ServerSeen, TlsFlaw
from safesend.transports.smtp_session import OpenSmtp

__all__ = ["look", "look_timeouts"]

_PATIENCE = 60.0
"""Seconds for all of a look."""
_REPLY = 30.0
_OLD = {"TLS 1.0", "TLS 1.1"}

Connect = Callable[[], Awaitable[Connection]]
Begin = Callable[[Connection], Awaitable[SmtpSession]]


def look_timeouts(timeout: float | None) -> Timeouts:
    """How long a reply is waited for: nobody who only looks waits for minutes."""
    return Timeouts.of(_REPLY if timeout is None else min(timeout, _REPLY))


async def look(known: ServerSeen, connect: Connect, begin: Begin) -> ServerSeen:
    """What is seen when a session is opened as for a letter, and ended with QUIT.

    `known` is what the settings say. Raises nothing for what a server does.
    """
    try:
        async with asyncio.timeout(_PATIENCE):
            seen = await _looked(known, connect, begin)
            return await _dated(seen, connect) if _may_be_old(seen) else seen
    except TimeoutError:
        reason = f"{known.name}: the server did not answer in time"
        return attrs.evolve(known, stage=Stage.CONNECT, reason=reason)


async def _looked(known: ServerSeen, connect: Connect, begin: Begin) -> ServerSeen:
    try:
        line = await connect()
    except TransportError as error:
        return known.ended_by(error)
    known = attrs.evolve(known, reached=True)
    try:
        smtp = await begin(line)
    except TransportError as error:
        seen = attrs.evolve(known, tls=line.tls_version, flaw=line.flaw)
        await line.close()
        return seen.ended_by(error)
    except BaseException:
        line.abort("looking was broken off")
        raise
    seen = known.opened(line.tls_version, smtp.capabilities)
    await OpenSmtp(line, smtp).close()
    return seen


def _may_be_old(seen: ServerSeen) -> bool:
    """Whether the handshake may have failed because the server knows no newer TLS.

    Many say so; others hang up.
    """
    if seen.stage is not Stage.STARTTLS:
        return False
    if seen.flaw is None:
        return not seen.permanent
    return seen.flaw in {TlsFlaw.VERSION, TlsFlaw.HANDSHAKE}


async def _dated(seen: ServerSeen, connect: Connect) -> ServerSeen:
    version = await _old_version(seen, connect)
    if version not in _OLD:
        return seen
    return attrs.evolve(seen, tls=version, flaw=TlsFlaw.VERSION, permanent=True)


async def _old_version(seen: ServerSeen, connect: Connect) -> str:
    """Which version of TLS a server speaks that has none to be used; "" if unknown.

    By a line of its own, on which only EHLO is said.
    """
    settings = Opening("[127.0.0.1]", seen.security, timeouts=look_timeouts(None))
    try:
        line = await connect()
        line.trust(old_context(), seen.host)
        try:
            await line.run(opening(settings))
            return line.tls_version
        finally:
            await line.close()
    except TransportError:
        return ""
