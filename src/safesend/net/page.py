"""One small page over HTTPS, from a host that is found by our own resolver.

Nothing is followed, kept or guessed: what did not come whole, from the host itself and
in time, was not had.
"""

from __future__ import annotations

import asyncio
import io
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import Message
from typing import cast

import attrs

from safesend.errors import SafesendError
from safesend.net.resolver import Resolver, Unanswered
from safesend.net.tls import tls_flaw
from safesend.smtp.seen import TlsFlaw

__all__ = ["Answered", "PageNotHad", "Place", "get_page"]

_HEADERS = 16_384
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,9})[ \t]*\r\n", re.IGNORECASE)
_FOUND = 200
_HTTPS = 443
_FORM = "application/x-www-form-urlencoded"


class PageNotHad(SafesendError):
    """A page could not be had; says why.

    `flaw`: what is wrong with the host's TLS. `later`: another time it may be had.
    """

    def __init__(
        self, reason: str, *, flaw: TlsFlaw | None = None, later: bool = False
    ) -> None:
        self.flaw = flaw
        self.later = later
        super().__init__(reason)


@attrs.frozen
class Answered:
    """What a host answered: its status, its fields, and the beginning of its text."""

    status: int
    fields: Message = attrs.field(repr=False)
    text: bytes = attrs.field(repr=False)
    whole: bool = True
    """Whether all of it came, and it is not longer than was asked for."""


@attrs.frozen
class Place:
    """A host to be asked over verified TLS, and how: for so many octets and seconds."""

    resolver: Resolver = attrs.field(repr=False)
    host: str
    context: ssl.SSLContext = attrs.field(repr=False)
    limit: int
    patience: float
    port: int = _HTTPS

    async def get(self, path: str, accept: str = "*/*") -> Answered:
        """What it answers to GET. Raises `PageNotHad`."""
        return await self._ask("GET", path, f"Accept: {accept}\r\n")

    async def post(self, path: str, form: str) -> Answered:
        """What it answers to a form. No cookie is sent or kept. Raises `PageNotHad`."""
        fields = f"Content-Type: {_FORM}\r\nContent-Length: {len(form)}\r\n"
        return await self._ask("POST", path, fields, form)

    async def _ask(
        self, method: str, path: str, fields: str, body: str = ""
    ) -> Answered:
        at = self.host if self.port == _HTTPS else f"{self.host}:{self.port}"
        request = (
            f"{method} {path} HTTP/1.1\r\nHost: {at}\r\nUser-Agent: safesend\r\n"
            f"{fields}Connection: close\r\n\r\n{body}"
        )
        answer = await self._exchanged(request.encode("ascii"))
        return _read(self.host, method, answer, self.limit)

    async def _exchanged(self, request: bytes) -> bytes:
        host = self.host
        try:
            async with (
                asyncio.timeout(self.patience),
                _line(self.resolver, host, self.port, self.context) as (reader, writer),
            ):
                writer.write(request)
                return await _all(reader, self.limit + _HEADERS)
        except TimeoutError:
            raise PageNotHad(f"{host} did not answer in time", later=True) from None
        except Unanswered as error:
            raise PageNotHad(str(error), later=True) from None
        except ssl.SSLCertVerificationError as error:
            reason = f"is not to be trusted: {error.verify_message}"
            raise PageNotHad(
                f"the certificate of {host} {reason}", flaw=tls_flaw(error)
            ) from None
        except (OSError, ValueError) as error:
            raise PageNotHad(
                f"no line to {host} ({type(error).__name__})", flaw=tls_flaw(error)
            ) from None


async def get_page(
    resolver: Resolver,
    host: str,
    path: str,
    *,
    context: ssl.SSLContext,
    limit: int,
    patience: float,
    port: int = _HTTPS,
) -> bytes:
    """The text at `https://host/path`, at most `limit` octets long.

    Raises `PageNotHad`: also for a redirect, or a page of another type than text/plain.
    """
    place = Place(resolver, host, context, limit, patience, port)
    answer = await place.get(path, accept="text/plain")
    if answer.status != _FOUND:
        raise PageNotHad(f"{host} answers {answer.status}, not 200")
    kind = answer.fields.get_content_type()
    if "content-type" not in answer.fields or kind != "text/plain":
        raise PageNotHad(f"the page of {host} is no text/plain")
    if len(answer.text) > limit:
        raise PageNotHad(f"the page of {host} is longer than {limit} octets")
    if not answer.whole:
        raise PageNotHad(f"the page of {host} did not come whole")
    return answer.text


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
    answer = b""
    while len(answer) <= most and not _is_whole(answer):
        if not (part := await reader.read(most)):
            break
        answer += part
    return answer


def _is_whole(answer: bytes) -> bool:
    """Whether as much came as was said: some keep the line although asked to close."""
    head, end, text = answer.partition(b"\r\n\r\n")
    said = _LENGTH.search(head + b"\r\n")
    if not end or said is None or b"\r\ntransfer-encoding:" in head.lower():
        return False
    return len(text) >= int(said[1])


class _Read:
    """What `http.client` takes for a socket."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets

    def makefile(self, _: str) -> io.BytesIO:
        return io.BytesIO(self._octets)


def _read(host: str, method: str, answer: bytes, limit: int) -> Answered:
    """The answer; of its text up to one octet more than the limit."""
    from http.client import (  # noqa: PLC0415 - seldom needed
        HTTPException,
        HTTPResponse,
        IncompleteRead,
    )
    from socket import socket  # noqa: PLC0415 - only its name, for the type

    response = HTTPResponse(cast("socket", _Read(answer)), method=method)
    try:
        response.begin()
        text, whole = response.read(limit + 1), not response.length
        return Answered(response.status, response.headers, text, whole=whole)
    except IncompleteRead as error:
        if error.partial:  # in chunks, of which the last did not come
            fields = response.headers
            return Answered(response.status, fields, error.partial, whole=False)
        reason = f"{host} does not answer in HTTP (IncompleteRead)"
    except (HTTPException, ValueError) as error:
        reason = f"{host} does not answer in HTTP ({type(error).__name__})"
    raise PageNotHad(reason)
