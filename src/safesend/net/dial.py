"""How a line is opened: the name looked up, the socket connected."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import functools
import ipaddress
import os
import socket
import stat
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from safesend.delivery import Stage
from safesend.errors import TransportError
from safesend.net.connection import Connection
from safesend.smtp.exchange import Timeouts

__all__ = ["address_literal", "dial", "dial_unix", "in_turn"]

_Connect = Callable[..., Awaitable[tuple[object, Connection]]]

_PATIENCE = 30.0
_HOPELESS = (errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG)
_NEXT_ADDRESS = 0.25  # RFC 8305 section 5


async def dial(
    host: str, port: int, timeouts: Timeouts, source_address: str | None = None
) -> Connection:
    """An open line on which nothing has been said.

    Raises `TransportError` with stage "connect"; permanent when there is no such host.
    """
    patience = min(_PATIENCE, timeouts.greeting)
    try:
        async with asyncio.timeout(patience):
            connection = await _opened(host, port, timeouts, source_address, patience)
    except TimeoutError:
        reason, permanent = "no connection in time", False
    except socket.gaierror as error:
        reason, permanent = _unresolved(error)
    except OSError as error:
        reason, permanent = _unconnected(error), False
    else:
        return connection
    raise TransportError(
        f"{host}:{port}: {reason}", stage=Stage.CONNECT, permanent=permanent
    )


async def dial_unix(path: Path, timeouts: Timeouts) -> Connection:
    """The same over a Unix socket; raises `TransportError`, too.

    Permanent when there is no socket to be used here; not when the socket is missing
    or nobody listens, as a server that is started again makes it anew.
    """
    loop = asyncio.get_running_loop()
    try:
        _must_be_socket(path)
        async with asyncio.timeout(min(_PATIENCE, timeouts.greeting)):
            _, connection = await loop.create_unix_connection(
                lambda: Connection(loop, timeouts.block), str(path)
            )
    except TimeoutError:
        reason, permanent = "no connection in time", False
    except OSError as error:
        reason, permanent = _unjoined(error)
    else:
        return connection
    raise TransportError(f"{path}: {reason}", stage=Stage.CONNECT, permanent=permanent)


def _must_be_socket(path: Path) -> None:
    """Connecting to a file is told in the words for a server that is gone."""
    if not stat.S_ISSOCK(path.stat().st_mode):
        raise OSError(errno.EPROTOTYPE, "")


def _unjoined(error: OSError) -> tuple[str, bool]:
    if isinstance(error, FileNotFoundError):
        return "there is no such socket; is the server running?", False
    if isinstance(error, ConnectionRefusedError):
        return "nobody listens on this socket; is the server running?", False
    if isinstance(error, PermissionError):
        return "this user may not use the socket", True
    if error.errno == errno.EPROTOTYPE:
        return "this is no socket, or one of another kind", True
    return _unconnected(error), error.errno in _HOPELESS


async def _opened(
    host: str, port: int, timeouts: Timeouts, source: str | None, patience: float
) -> Connection:
    loop = asyncio.get_running_loop()
    connect: _Connect = functools.partial(
        loop.create_connection,
        lambda: Connection(loop, timeouts.block),
        local_addr=None if source is None else (source, 0),
    )
    delay = _next_address(host)
    if delay is None:
        return (await connect(host, port))[1]
    if isinstance(loop, asyncio.BaseEventLoop):
        return (await connect(host, port, happy_eyeballs_delay=delay))[1]
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(where[0]) for *_, where in found))
    return await in_turn(connect, addresses, port, patience)


async def in_turn(
    connect: _Connect,
    addresses: Sequence[str],
    port: int,
    patience: float,
) -> Connection:
    """A line to the first address that answers, each given its part of `patience`.

    For loops that do not race for the first one (uvloop): a dead address must not use
    up the time of those after it. Raises the last one's error (OSError).
    """
    for address in addresses[:-1]:
        with contextlib.suppress(OSError):  # TimeoutError is one
            async with asyncio.timeout(patience / len(addresses)):
                return (await connect(address, port))[1]
    return (await connect(addresses[-1], port))[1]


def _next_address(host: str) -> float | None:
    """Seconds before the next address is tried beside the one before.

    An address given as such has no other; and then a socket is let go of at once when
    connecting is broken off, which asyncio's race leaves to the garbage collector.
    """
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return _NEXT_ADDRESS
    return None


def _unconnected(error: OSError) -> str:
    """The system's words; asyncio puts the address, which stands there already."""
    if isinstance(error, ConnectionRefusedError):
        return "connection refused; nothing answers on this port"
    return os.strerror(error.errno) if error.errno else "cannot connect"


def _unresolved(error: socket.gaierror) -> tuple[str, bool]:
    reason = "the host's name cannot be resolved"
    return reason, error.errno in (socket.EAI_NONAME, socket.EAI_NODATA)


def address_literal(host: str) -> str:
    """What to greet with when no name is set (RFC 5321 section 4.1.4).

    Our own end of the line if that is a public address, as then it tells nothing that
    the server does not see. An address inside a network would be written into every
    letter's Received header (L13), so then it is the loopback address; so it is over a
    Unix socket, which has none ("").
    """
    address = ipaddress.ip_address(host.partition("%")[0] or "127.0.0.1")
    if not address.is_global:
        return "[127.0.0.1]"
    return f"[IPv6:{address}]" if address.version == 6 else f"[{address}]"  # noqa: PLR2004
