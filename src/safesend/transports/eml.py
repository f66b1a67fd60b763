"""One .eml file a message: RFC 5322 text as it would be on the wire, CRLF and all."""

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

__all__ = ["EmlTransport"]


@attrs.frozen
class EmlTransport:
    """Writes each message to `folder`, named after its opaque Message-ID.

    The folder is made (0700) when it is not there; files are 0600. The same message
    written again replaces its own file.
    """

    folder: Path = attrs.field(converter=absolute)

    @classmethod
    def from_url(
        cls, url: str, *, password: str | Secret | None = None
    ) -> EmlTransport:
        """From `eml:out` or `eml:///srv/out`. Raises `ConfigurationError`."""
        return cls(path_in(url, password))

    @property
    def name(self) -> str:
        """The folder, as a URL."""
        return f"eml:{self.folder}"

    def route(self, envelope: Envelope) -> str:  # noqa: ARG002 - one folder for all
        """Always the folder."""
        return self.name

    async def connect(self, route: str) -> Session:  # noqa: ARG002 - there is but one
        """Make and open the folder. Raises `TransportError`."""
        return await open_session(self.folder, lambda: _Folder(self.folder))

    def limits(self) -> Limits | None:
        """A disk has none that it would tell."""
        return None


class _Folder:
    def __init__(self, path: Path) -> None:
        make_folder(path)
        self._folder = open_folder(path, os.W_OK | os.X_OK)

    def write(self, batch: Sequence[Envelope]) -> list[Outcome]:
        return publish([self._file(envelope) for envelope in batch], self._folder)

    def _file(self, envelope: Envelope) -> NewFile:
        name = opaque_name(envelope.message_id)
        return NewFile(f".{name}.tmp", self._folder, f"{name}.eml", envelope.content)

    def close(self) -> None:
        os.close(self._folder)
