"""One small page over HTTPS, from a host that is found by our own resolver.

Nothing is followed, kept or guessed: what is not a plain text that came whole, from
the host itself and in time, was not had.
"""

from __future__ import annotations

import asyncio
import io
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from safesend.errors import SafesendError
from safesend.net.resolver import Resolver, Unanswered

__all__ = ["PageNotHad", "get_page"]

_HEADERS = 16_384
_FOUND = 200


class PageNotHad(SafesendError):
    """A page could not be had; says why."""


async def get_page(
    resolver: Resolver,
    host: str,
    path: str,
    *,
    context: ssl.SSLContext,
    limit: int,
    patience: float,
    port: int = 443,
) -> bytes:
    """The text at `https://host/path`, at most `limit` octets long.

    Raises `PageNotHad`: also for a redirect, or a page of another type than text/plain.
    """
    request = (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: safesend\r\n"
        "Accept: text/plain\r\nConnection: close\r\n\r\n"
    )
    most = limit + _HEADERS
    try:
        async with (
            asyncio.timeout(patience),
            _line(resolver, host, port, context) as (reader, writer),
        ):
            writer.write(request.encode("ascii"))
            answer = await _all(reader, most)
    except TimeoutError:
        raise PageNotHad(f"{host} did not answer in time") from None
    except Unanswered as error:
        raise PageNotHad(str(error)) from None
    except ssl.SSLCertVerificationError as error:
        raise PageNotHad(
            f"the certificate of {host} is not to be trusted: {error.verify_message}"
        ) from None
    except (OSError, ValueError) as error:
        raise PageNotHad(f"no line to {host} ({type(error).__name__})") from None
    return _text(host, answer, limit)


@asynccontextmanager
async def _line(
    resolver: Resolver, host: str, port: int, context: ssl.SSLContext
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await _connected(resolver, host, port, context)
    try:
        yield reader, writer
    finally:
        # Not in order: nothing is waited for, and no close_notify is owed to us.
        writer.transport.abort()


async def _connected(
    resolver: Resolver, host: str, port: int, context: ssl.SSLContext
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """To the first of its addresses that answers."""
    answers = [await resolver.ask(host, kind) for kind in ("A", "AAAA")]
    addresses = [record.address for answer in answers for record in answer.records]
    error: OSError = OSError("it has no address")
    for address in addresses:
        try:
            return await asyncio.open_connection(
                address, port, ssl=context, server_hostname=host
            )
        except ssl.SSLError:
            raise
        except OSError as failed:
            error = failed
    raise error


async def _all(reader: asyncio.StreamReader, most: int) -> bytes:
    """All that comes until the other side is done, or a little more than `most`."""
    parts: list[bytes] = []
    size = 0
    while size <= most and (part := await reader.read(most)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


class _Read:
    """What `http.client` takes for a socket."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets

    def makefile(self, _: str) -> io.BytesIO:
        return io.BytesIO(self._octets)


def _text(host: str, answer: bytes, limit: int) -> bytes:
    from http.client import HTTPException, HTTPResponse  # noqa: PLC0415 - seldom needed
    from socket import socket  # noqa: PLC0415 - only its name, for the type

    response = HTTPResponse(cast("socket", _Read(answer)), method="GET")
    try:
        response.begin()
        if response.status != _FOUND:
            raise PageNotHad(f"{host} answers {response.status}, not 200")
        kind = response.headers.get_content_type()
        if "content-type" not in response.headers or kind != "text/plain":
            raise PageNotHad(f"the page of {host} is no text/plain")
        text = response.read(limit + 1)
        if len(text) > limit:
            raise PageNotHad(f"the page of {host} is longer than {limit} octets")
        if response.length:
            raise PageNotHad(f"the page of {host} did not come whole")
    except (HTTPException, ValueError) as error:
        reason = f"{host} does not answer in HTTP ({type(error).__name__})"
    else:
        return text
    raise PageNotHad(reason)
