"""A real SMTP server on this machine, for tests and demonstrations, that is scripted.

It shares no code with `safesend.smtp`, so that the two cannot be wrong together.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from safesend.clock import SYSTEM, Clock
from safesend.errors import ConfigurationError
from safesend.testing.certificates import Certificates
from safesend.testing.clock import FakeClock
from safesend.testing.faults import Faults
from safesend.testing.listener import Listener, Switchboard
from safesend.testing.post import Post, Received, Settings
from safesend.testing.transactions import Transaction

__all__ = ["SmtpServer"]

_HOST = "127.0.0.1"
_SCHEMES = {"none": "smtp+insecure-plaintext", "starttls": "smtp", "implicit": "smtps"}
_BACKLOG = 512
_PATIENCE = 1.0


class SmtpServer(Faults):
    """A strict SMTP server on a free port of 127.0.0.1, in a thread of its own.

        with SmtpServer() as server:
            campaign.send(server.url)
        server.messages

    Everything that can go wrong is scripted with the methods of `Faults`. With `tls`
    it makes its own certificate (`client_context()` trusts it; needs `trustme`).
    `users` (name -> password or token) makes AUTH necessary. `chunking` offers BDAT;
    with "in groups" several transactions may come at once, which RFC 3030 leaves open.
    `dsn` takes what RFC 3461 adds to MAIL and RCPT (`Transaction.wishes`).
    With `lmtp` it speaks LMTP: LHLO, and a reply to the message for each recipient, who
    is the argument of "content" then. With `path` it listens on a Unix socket there.
    Greylisting, rate limits and stalls go by `clock`: with a `FakeClock`, which the
    program under test may share, an hour of them passes in a moment.
    """

    def __init__(
        self,
        *,
        tls: Literal["none", "starttls", "implicit"] = "none",
        certificates: Certificates | None = None,
        users: Mapping[str, str] | None = None,
        mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"),
        auth_without_tls: bool = False,
        pipelining: bool = True,
        chunking: bool | Literal["in groups"] = False,
        dsn: bool = False,
        size: int | None = 52_428_800,
        eight_bit: bool = True,
        smtputf8: bool = True,
        enhanced_codes: bool = True,
        requiretls: bool = False,
        extensions: tuple[str, ...] = (),
        lmtp: bool = False,
        path: str | os.PathLike[str] | None = None,
        clock: Clock = SYSTEM,
    ) -> None:
        super().__init__(clock)
        if tls != "none" and certificates is None:
            certificates = Certificates()
        settings = Settings(
            starttls=tls == "starttls",
            users=users or {},
            mechanisms=mechanisms,
            auth_without_tls=auth_without_tls,
            pipelining=pipelining,
            chunking=bool(chunking),
            chunks_in_groups=chunking == "in groups",
            dsn=dsn,
            size=size,
            eight_bit=eight_bit,
            smtputf8=smtputf8,
            enhanced_codes=enhanced_codes,
            requiretls=requiretls,
            extensions=extensions,
            lmtp=lmtp,
        )
        self._tls, self._certificates = tls, certificates
        self._post = Post(settings, self)
        context = None if certificates is None else certificates.server_context()
        self._board = Switchboard(self._post, context, implicit=tls == "implicit")
        if isinstance(clock, FakeClock):
            self._board.stir = clock.stir
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None
        self._lmtp, self._path = lmtp, None if path is None else Path(path).absolute()
        self.host = _HOST
        self.port = 0
        """The port of 127.0.0.1, once it is started."""

    @property
    def url(self) -> str:
        """For `open_transport`; TLS ones need `client_context()` as well."""
        if self._path is not None:
            return f"lmtp+unix://{self._path}"
        scheme = "lmtp" if self._lmtp else _SCHEMES[self._tls]
        return f"{scheme}://{self.host}:{self.port}"

    @property
    def messages(self) -> list[Received]:
        """Every message that it said it has taken, in that order."""
        return self._post.messages

    @property
    def transactions(self) -> list[Transaction]:
        """How every try to hand over a message went, in the order of their MAIL."""
        return [attempt.so_far() for attempt in self._post.attempts]

    @property
    def violations(self) -> list[str]:
        """What the client did against the rules; empty when all was well."""
        return self._post.violations

    @property
    def connections(self) -> int:
        """How many connections were made so far."""
        return self._board.opened

    @property
    def ca_pem(self) -> bytes:
        """The certificate to trust."""
        return self._own_certificates().ca_pem

    def client_context(self) -> ssl.SSLContext:
        """A TLS context that trusts this server."""
        return self._own_certificates().client_context()

    def _own_certificates(self) -> Certificates:
        if self._certificates is None:
            raise ConfigurationError(
                "this server speaks plain text: it has no certificate; give it tls="
            )
        return self._certificates

    def start(self) -> None:
        """Listen. Raises OSError."""
        if self._thread is not None:
            raise ConfigurationError("this server is started already")
        self._ready.clear()
        self._thread = threading.Thread(
            target=self._run, name="safesend-smtp-server", daemon=True
        )
        self._thread.start()
        self._ready.wait()
        if self._error is not None:
            self._thread.join()
            self._thread = None
            raise self._error

    def stop(self) -> None:
        """Hang up on everybody; may be called twice."""
        if self._thread is None or self._loop is None or self._stop is None:
            return
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except OSError as error:
            self._error = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._board.stir()
        server = await self._listening(self._loop)
        self._ready.set()
        await self._stop.wait()
        server.close()
        # A side that goes away in the middle of a handshake may be told of never; from
        # Python 3.12.1 on `wait_closed` waits for it, too.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                while self._board.open:
                    for line in list(self._board.open):
                        line.drop()
                    await asyncio.sleep(0.001)
                await server.wait_closed()

    async def _listening(self, loop: asyncio.AbstractEventLoop) -> asyncio.Server:
        tls = self._board.tls if self._board.implicit else None
        if self._path is not None:
            return await loop.create_unix_server(
                lambda: Listener(self._board), self._path, backlog=_BACKLOG, ssl=tls
            )
        server = await loop.create_server(
            lambda: Listener(self._board),
            self.host,
            self.port,
            backlog=_BACKLOG,
            ssl=tls,
        )
        self.port = server.sockets[0].getsockname()[1]
        return server
