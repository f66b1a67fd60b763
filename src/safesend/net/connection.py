"""An asyncio protocol that carries conversations. It knows nothing of what they mean.

The conversation is driven from the callback that its replies arrive in: no task, future
or queue per message. `BufferedProtocol`, as the plain one allocates at every read; its
buffer is handed out as a memoryview, since asyncio's TLS in Python 3.11 loses what it
reads into a slice of a bytearray.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Sequence
from typing import Any, TypeVar, cast

from safesend.errors import RemoteProtocolError
from safesend.net import tls
from safesend.policies.dane import Tlsa
from safesend.smtp.exchange import (
    ConnectionLost,
    Conversation,
    Exchange,
    StartTls,
    Step,
)
from safesend.smtp.reply import CLOSING, Reply, ReplyParser
from safesend.smtp.seen import TlsFlaw

__all__ = ["Connection"]

T = TypeVar("T")

_READ = 16384
_PIECE = 131072
"""Octets written at once. A large segment is cut into views of it, not copied."""
_NEVER = float("inf")


class Connection(asyncio.BufferedProtocol):
    """One line. Conversations are held on it one after the other.

    `block` is how many seconds the line may refuse to take more of a long message.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, block: float) -> None:
        self._loop = loop
        self._block = block
        self._transport: asyncio.Transport
        self._view = memoryview(bytearray(_READ))
        self._parser = ReplyParser()
        self._conversation: Conversation[Any] | None = None
        self._done: asyncio.Future[Any] | None = None
        self._early: bytearray | None = bytearray()  # until a first reply is awaited
        self._replies: list[Reply] = []
        self._expected = 0  # replies; while it is 0 the server has nothing to say
        self._timeout = 0.0
        self._pieces: deque[bytes | memoryview] = deque()
        self._paused = False
        self._deadline = self._timer_at = _NEVER
        self._timer: asyncio.TimerHandle | None = None
        self._trusted: tuple[ssl.SSLContext, str] | None = None
        self._records: Sequence[Tlsa] = ()
        self._handshake: asyncio.Task[None] | None = None
        self.flaw: TlsFlaw | None = None
        """What is wrong with the other side's TLS, where a handshake has shown it."""
        self._lost: ConnectionLost | None = None
        self._ended = asyncio.Event()

    @property
    def alive(self) -> bool:
        """Whether the line stands, as far as is known."""
        return self._lost is None

    @property
    def busy(self) -> bool:
        """Whether a conversation is under way."""
        return self._conversation is not None

    @property
    def local_host(self) -> str:
        """The IP address of our end of the line; "" over a Unix socket."""
        name = self._transport.get_extra_info("sockname")
        return str(name[0]) if isinstance(name, tuple) else ""

    @property
    def peer_host(self) -> str:
        """The IP address of the other end; "" over a Unix socket."""
        name = self._transport.get_extra_info("peername")
        return str(name[0]) if isinstance(name, tuple) else ""

    @property
    def security(self) -> str:
        """How the line is secured at this moment, to show a person."""
        return tls.secured(self._transport.get_extra_info("ssl_object"), self._records)

    @property
    def tls_version(self) -> str:
        """The version of TLS that is spoken, "TLS 1.3"; "" for none."""
        return tls.tls_version(self._transport.get_extra_info("ssl_object"))

    def trust(
        self, context: ssl.SSLContext, host: str, records: Sequence[Tlsa] = ()
    ) -> None:
        """What `StartTls` is done with; the context says whether the name must fit.

        With `records`, the certificate must fit one of them before a byte is written.
        """
        self._trusted, self._records = (context, host), records

    def start(self, conversation: Conversation[T]) -> asyncio.Future[T]:
        """Begin a conversation; the future gets its result."""
        if self._parser.pending:
            self._break(ConnectionLost("the server spoke without being asked"))
        done: asyncio.Future[T] = self._loop.create_future()
        self._conversation, self._done = conversation, done
        if not (self._lost or self._transport.is_reading()):
            self._transport.resume_reading()
        self._drive(None)
        if self._handshake is None:
            self._take_early()
        return done

    async def run(self, conversation: Conversation[T]) -> T:
        """Hold a conversation to its end; if that is cancelled the line is cut."""
        try:
            return await self.start(conversation)
        except BaseException:
            self.abort("the conversation was broken off")
            raise

    def abort(self, reason: str) -> None:
        """Cut the line; a conversation under way is told the reason."""
        self._break(ConnectionLost(reason))

    async def close(self, patience: float = 1.0) -> None:
        """Let go of the line: in order, if the other side lets go in time."""
        if self._lost is None:
            self._lost = ConnectionLost("the connection is closed")
            self._transport.close()
        try:
            async with asyncio.timeout(patience):
                await self._ended.wait()
        except TimeoutError:
            self._transport.abort()
            await self._ended.wait()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the line; nothing is read from it before a conversation is begun."""
        # Not to be asked: uvloop's transports are of no class of asyncio's.
        line = cast("asyncio.Transport", transport)
        self._use(line)
        # Not at once: Python 3.11.2 (Debian 12) would begin to read after this call
        # whatever was said here. The loop calls it before it looks for what came.
        self._loop.call_soon(self._hold, line)

    def _hold(self, transport: asyncio.Transport) -> None:
        if self._conversation is None and self._lost is None:
            transport.pause_reading()

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's name
        """Where to read to: always the same place."""
        return self._view

    def buffer_updated(self, nbytes: int) -> None:
        """Collect replies; when the last one that was asked for is in, go on."""
        if self._early is None:
            self._take_in(bytes(self._view[:nbytes]))
        elif len(self._early) + nbytes <= _READ:
            # uvloop reads a greeting before it can be told to wait.
            self._early += self._view[:nbytes]
        else:
            self._break(ConnectionLost("the server spoke without being asked"))

    def _take_early(self) -> None:
        early, self._early = self._early, None
        if early:
            self._take_in(bytes(early))

    def _take_in(self, octets: bytes) -> None:
        replies = self._replies
        try:
            self._parser.feed(octets, replies)
        except RemoteProtocolError as error:
            self._break(ConnectionLost(str(error)))
            return
        if not replies or self._lost is not None:
            return
        if self._pieces:
            self._break(ConnectionLost("the server did not wait for the message's end"))
        elif len(replies) < self._expected and replies[-1].code != CLOSING:
            self._deadline = self._loop.time() + self._timeout
        else:
            self._answer(replies)

    def eof_received(self) -> None:
        """The server hangs up, and so do we."""
        self._break(ConnectionLost("the server closed the connection"))

    def connection_lost(self, exc: Exception | None) -> None:
        """The line is gone; `exc` says what the system knows of it."""
        reason = "" if exc is None else f" ({type(exc).__name__})"
        self._break(ConnectionLost(f"the connection was lost{reason}"))
        self._ended.set()

    def pause_writing(self) -> None:
        """The line takes no more for now."""
        self._paused = True

    def resume_writing(self) -> None:
        """The line has taken everything: more of the message may follow."""
        self._paused = False
        if self._pieces:
            self._pump()

    # The conversation.

    def _answer(self, replies: list[Reply]) -> None:
        self._replies = []
        surplus = len(replies) - self._expected
        if replies[-1].code == CLOSING:
            surplus -= 1  # it may come unasked, behind the answers
        elif self._parser.pending:
            surplus += 1
        if surplus > 0:
            # RFC 2920 section 3.1: pairing is by counting. With one too many nobody
            # can tell whose reply is whose, so none of them is used (L26).
            self._break(ConnectionLost("the server wrote a reply to no command"))
        elif not self._expected:
            self._break(ConnectionLost("the server ended the session (421)"))
        else:
            self._drive(replies)

    def _drive(self, answer: list[Reply] | ConnectionLost | None) -> None:
        assert self._conversation is not None
        try:
            if answer is None:
                step = next(self._conversation)
            elif isinstance(answer, ConnectionLost):
                step = self._conversation.throw(answer)
            else:
                step = self._conversation.send(answer)
        except StopIteration as end:
            self._finish().set_result(end.value)
        except Exception as error:  # noqa: BLE001 - it is for who awaits the result
            done = self._finish()
            done.set_exception(error)
            done.exception()  # looked at: where nobody waits it is no surprise
        else:
            self._perform(step)

    def _perform(self, step: Step) -> None:
        if self._lost is not None:
            reason, permanent = self._lost.reason, self._lost.permanent
            self._drive(ConnectionLost(reason, finished=False, permanent=permanent))
        elif isinstance(step, StartTls):
            self._secure()
        else:
            self._write(step)

    def _finish(self) -> asyncio.Future[Any]:
        done = self._done
        assert done is not None
        self._conversation = self._done = None
        self._expected = 0
        # Cancelled: nobody waits for the result any more.
        return self._loop.create_future() if done.done() else done

    def _break(self, lost: ConnectionLost) -> None:
        """The line is over. Only the first reason counts."""
        if self._lost is not None:
            return
        lost.replies, lost.finished = tuple(self._replies), not self._pieces
        self._lost = lost
        self._replies = []
        self._pieces.clear()
        self._stop_timer()
        if self._handshake is not None:
            self._handshake.cancel()
            self._ended.set()  # asyncio does not tell us in the middle of a handshake
        self._transport.abort()
        if self._conversation is not None:
            self._drive(lost)

    # Writing.

    def _use(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        # The lowest mark: the end of a long message is handed over only when all that
        # stands before it has left, so that "surely not sent" is known for sure.
        transport.set_write_buffer_limits(high=1, low=0)

    def _write(self, step: Exchange) -> None:
        self._expected = step.replies
        self._timeout = step.timeout
        wire = step.wire
        if not isinstance(wire, bytes):
            if self._paused or len(wire) != 1 or len(wire[0]) > _PIECE:
                self._pieces = _cut(wire)
                self._pump()
                return
            wire = wire[0]
        if wire:
            self._transport.write(wire)
        self._wait(step.timeout)

    def _pump(self) -> None:
        pieces = self._pieces
        while pieces and not self._paused:
            # Taken out before it is written: from then on it may have left.
            self._transport.write(pieces.popleft())
        self._wait(self._block if pieces else self._timeout)

    # Time.

    def _wait(self, seconds: float) -> None:
        """One timer for the session; that it is too early is seen when it rings."""
        self._deadline = self._loop.time() + seconds
        if self._deadline < self._timer_at:
            self._stop_timer()
            self._timer_at = self._deadline
            self._timer = self._loop.call_at(self._deadline, self._ring)

    def _ring(self) -> None:
        self._timer_at, self._timer = _NEVER, None
        if not self._expected:
            return
        left = self._deadline - self._loop.time()
        if left > 0:
            self._wait(left)
        else:
            self._break(ConnectionLost("the server did not answer in time"))

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at, self._timer = _NEVER, None

    # TLS.

    def _secure(self) -> None:
        # RFC 3207 section 4: after the 220 comes the handshake and nothing before it.
        # From here on bytes in clear were put there by someone on the line.
        if self._early:
            self._break(ConnectionLost("something was said in clear before TLS"))
            return
        self._expected = 0
        self._transport.pause_reading()
        self._handshake = self._loop.create_task(self._shake_hands())

    async def _shake_hands(self) -> None:
        assert self._trusted is not None
        context, host = self._trusted
        try:
            transport = await self._loop.start_tls(
                self._transport,
                self,
                context,
                server_hostname=host,
                ssl_handshake_timeout=self._block,
            )
        except (OSError, ValueError) as error:
            self.flaw = tls.tls_flaw(error)
            self._unsecured(tls.handshake_failed(error))
            return
        if transport is None:  # the line was gone before the handshake could fail
            self._unsecured(tls.handshake_failed(ConnectionResetError()))
            return
        self._handshake = None
        self._use(transport)
        try:
            tls.check_recorded(transport.get_extra_info("ssl_object"), self._records)
        except ConnectionLost as lost:
            self._break(lost)
        else:
            self._drive([])
            # Up to TLS 1.2 a greeting may stand in one packet with the handshake's end.
            self._take_early()

    def _unsecured(self, lost: ConnectionLost) -> None:
        self._handshake = None
        self._ended.set()
        self._break(lost)


def _cut(wire: tuple[bytes, ...]) -> deque[bytes | memoryview]:
    pieces: deque[bytes | memoryview] = deque()
    for segment in wire:
        if len(segment) <= _PIECE:
            pieces.append(segment)
            continue
        view = memoryview(segment)
        pieces.extend(view[at : at + _PIECE] for at in range(0, len(view), _PIECE))
    return pieces
