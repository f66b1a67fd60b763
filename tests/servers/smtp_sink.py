"""Postfix's smtp-sink: a fast receiver that shares no code with us.

It keeps one file for each transaction, or nothing; with its own flags it refuses,
stalls or hangs up. Package: postfix (no service need run). It knows no STARTTLS,
SMTPUTF8 or CHUNKING, and answers a login by 250 where 235 is due.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import attrs

from servers.process import Daemon, folder, free_port, program, started

__all__ = ["Kept", "Sink", "run_sink"]

_RECIPIENT = re.compile(rb"^X-Rcpt-Args: <([^>]*)>", re.MULTILINE)
_SENDER = re.compile(rb"^X-Mail-Args: <([^>]*)>", re.MULTILINE)


@attrs.frozen
class Kept:
    """One transaction as the sink saw it."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    """The message with LF line ends, without the sink's own lines on top."""


@attrs.frozen
class Sink:
    """A running sink."""

    port: int
    mail: Path
    daemon: Daemon

    @property
    def url(self) -> str:
        """Where to send to."""
        return f"smtp+insecure-plaintext://127.0.0.1:{self.port}"

    def messages(self, expected: int = 0, patience: float = 60.0) -> list[Kept]:
        """What was kept; waits until there are at least so many."""
        end = time.monotonic() + patience
        while len(files := sorted(self.mail.iterdir())) < expected:
            if time.monotonic() > end:
                break
            time.sleep(0.02)
        return [_kept(file.read_bytes()) for file in files]

    def kill(self) -> None:
        """End it as a crash would."""
        self.daemon.kill()


def _kept(raw: bytes) -> Kept:
    """Split the lines that the sink wrote on top from the message.

    Its own lines begin with X- and end with the Received line that it adds.
    """
    top, _, rest = raw.partition(b"\nReceived: ")
    content = re.sub(rb"\A[^\n]*\n(?:[ \t][^\n]*\n)*", b"", rest)
    senders = _SENDER.findall(top)
    return Kept(
        sender=senders[0].decode() if senders else "",
        recipients=tuple(hit.decode() for hit in _RECIPIENT.findall(top)),
        content=content.removesuffix(b"\n"),  # it ends every file with a blank line
    )


@contextlib.contextmanager
def run_sink(
    *options: str, keep: bool = True, port: int | None = None, host: str = "127.0.0.1"
) -> Iterator[Sink]:
    """Run a sink with flags of its own (`-r RCPT` refuses, see smtp-sink(1))."""
    name = program("smtp-sink", "postfix")
    with folder("sink") as place:
        mail = place / "mail"
        mail.mkdir()
        command = [name, *_as_nobody(mail), *options]
        if keep:
            command += ["-d", "mail/%Y%m%d%H%M%S."]
        port = port or free_port()
        command += [f"inet:{host}:{port}", "100"]
        daemon = started(command, port=port, log=place / "log", host=host)
        try:
            yield Sink(port, mail, daemon)
        finally:
            daemon.stop()


def _as_nobody(mail: Path) -> list[str]:
    """As root it insists on becoming somebody else."""
    if os.geteuid() != 0:
        return []
    shutil.chown(mail, "nobody")
    return ["-u", "nobody"]
