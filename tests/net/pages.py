"""HTTPS servers on loopback, honest and not, that have a policy to show."""

from __future__ import annotations

import asyncio
import contextlib
import http.server
import ssl
import threading
from collections.abc import AsyncIterator, Iterator

from .peer import authority, listening

__all__ = ["answer", "policy_page", "serving", "web_server"]


def policy_page(mode: str, *hosts: str, age: int = 86400) -> bytes:
    """What stands in mta-sts.txt."""
    lines = ["version: STSv1", f"mode: {mode}", *(f"mx: {host}" for host in hosts)]
    return "\r\n".join([*lines, f"max_age: {age}", ""]).encode()


def answer(page: bytes, kind: str = "text/plain", status: str = "200 OK") -> bytes:
    """A whole answer in HTTP."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(page)}"
    return head.encode() + b"\r\n\r\n" + page


@contextlib.asynccontextmanager
async def serving(
    name: str,
    page: bytes = b"",
    *,
    raw: bytes | None = None,
    context: ssl.SSLContext | None = None,
    asked: list[bytes] | None = None,
) -> AsyncIterator[int]:
    """Says this page, or just these octets, to whoever asks."""

    async def script(peer) -> None:
        request = await peer.reader.readuntil(b"\r\n\r\n")
        if asked is not None:
            asked.append(request)
        peer.writer.write(answer(page) if raw is None else raw)
        await peer.writer.drain()
        await asyncio.sleep(0)

    async with listening(script, context or authority().server(name)) as port:
        yield port


@contextlib.contextmanager
def web_server(
    name: str, pages: dict[str, bytes], at: tuple[str, int] = ("127.0.0.1", 0)
) -> Iterator[int]:
    """The standard library's own, in a thread: an HTTP server that we did not write."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            page = pages.get(self.path)
            self.send_response(404 if page is None else 200)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(page or b"")))
            self.end_headers()
            self.wfile.write(page or b"")

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(at, Handler)
    context = authority().server(name)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
