"""A proxy that hands every byte on a fixed time later: `proxy.py PORT TARGET SECONDS`.

It holds up what was sent, in both directions, and changes nothing else: no slow start,
no loss, no narrow line.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys

__all__ = ["main"]


async def _joined(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    target: int,
    seconds: float,
) -> None:
    try:
        there, away = await asyncio.open_connection("127.0.0.1", target)
    except OSError:
        writer.close()
        return
    await asyncio.gather(
        _pumped(reader, away, seconds), _pumped(there, writer, seconds)
    )


async def _pumped(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float
) -> None:
    loop = asyncio.get_running_loop()
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            loop.call_later(seconds, writer.write, data)
    loop.call_later(seconds, writer.close)


async def _serve(port: int, target: int, seconds: float) -> None:
    async def joined(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await _joined(reader, writer, target, seconds)

    server = await asyncio.start_server(joined, "127.0.0.1", port)
    await server.serve_forever()


def main() -> None:
    """Serve until ended."""
    port, target, seconds = sys.argv[1:]
    asyncio.run(_serve(int(port), int(target), float(seconds)))


if __name__ == "__main__":
    main()
