"""A Maildir: one file a message, as mail readers and `mailbox.Maildir` know it.

Names have the three parts of the Maildir format, `time.unique.host`. To make writing
a message again replace it instead of doubling it, nothing in the name may change:
the time is 0 (readers show a file's date or the Date header), the unique part is the
message's own, and the host is always "safesend" (no name of a machine: L13).
Lines end with LF, as delivery programs leave them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import attrs

from safesend.delivery import Outcome
from safesend.message.envelope import Envelope
from safesend.redaction import Secret
from safesend.transports.base import Limits, Session
from safesend.transports.files import (
    NewFile,
    absolute,
    make_folder,
    opaque_name,
    open_folder,
    open_session,
    path_in,
    publish,
)

__all__ = ["MaildirTransport"]

_HOST = "safesend"


@attrs.frozen
class MaildirTransport:
    """Puts each message into `folder`/new, by way of `folder`/tmp.

    The folders are made (0700) when they are not there; files are 0600. A message
    that is written again replaces itself, also where a reader moved it to cur.
    """

    folder: Path = attrs.field(converter=absolute)

    @classmethod
    def from_url(
        cls, url: str, *, password: str | Secret | None = None
    ) -> MaildirTransport:
        """From `maildir:out` or `maildir:///srv/out`. Raises `ConfigurationError`."""
        return cls(path_in(url, password))

    @property
    def name(self) -> str:
        """The folder, as a URL."""
        return f"maildir:{self.folder}"

    def route(self, envelope: Envelope) -> str:  # noqa: ARG002 - one folder for all
        """Always the folder."""
        return self.name

    async def connect(self, route: str) -> Session:  # noqa: ARG002 - there is but one
        """Make and open the folders. Raises `TransportError`."""
        return await open_session(self.folder, lambda: _Maildir(self.folder))

    def limits(self) -> Limits | None:
        """A disk has none that it would tell."""
        return None


class _Maildir:
    def __init__(self, path: Path) -> None:
        self._open: list[int] = []
        try:
            self._tmp, self._new, self._cur = (
                self._folder(path / part) for part in ("tmp", "new", "cur")
            )
            self._read = _ours(self._cur)
        except OSError:
            self.close()
            raise

    def _folder(self, path: Path) -> int:
        make_folder(path)
        self._open.append(open_folder(path, os.W_OK | os.X_OK))
        return self._open[-1]

    def write(self, batch: Sequence[Envelope]) -> list[Outcome]:
        return publish([self._file(envelope) for envelope in batch], self._tmp)

    def _file(self, envelope: Envelope) -> NewFile:
        name = f"0.{opaque_name(envelope.message_id)}.{_HOST}"
        octets = envelope.content.replace(b"\r\n", b"\n")
        if name in self._read:
            return NewFile(name, self._cur, self._read[name], octets)
        return NewFile(name, self._new, name, octets)

    def close(self) -> None:
        while self._open:
            os.close(self._open.pop())


def _ours(folder: int) -> dict[str, str]:
    """Names as we gave them -> as they are now, with the flags of a reader."""
    names = (name.partition(":") for name in os.listdir(folder))
    return {own: own + colon + flags for own, colon, flags in names if _is_ours(own)}


def _is_ours(name: str) -> bool:
    return name.startswith("0.") and name.endswith(f".{_HOST}")
