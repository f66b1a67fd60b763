"""A keyring of the tests' own: a file, told by a variable; found as any other is.

PYTHON_KEYRING_BACKEND=own_keyring.OwnKeyring puts it in use.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

__all__ = ["OctetKeyring", "OwnKeyring", "TalkativeKeyring"]


class OwnKeyring(KeyringBackend):
    """Keeps its passwords in the file that OWN_KEYRING names."""

    priority = 1  # type: ignore[assignment]

    def _kept(self) -> dict[str, str]:
        file = Path(os.environ["OWN_KEYRING"])
        return json.loads(file.read_text()) if file.exists() else {}

    def get_password(self, service: str, username: str) -> str | None:
        return self._kept().get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        kept = self._kept() | {f"{service}/{username}": password}
        Path(os.environ["OWN_KEYRING"]).write_text(json.dumps(kept))

    def delete_password(self, service: str, username: str) -> None:
        raise NotImplementedError


class TalkativeKeyring(OwnKeyring):
    """One that is locked, and says more than it should."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("locked; by the way it is hunter2")


class OctetKeyring(OwnKeyring):
    """One that gives octets where text is asked for."""

    def get_password(self, service: str, username: str) -> str:
        return b"hunter2"  # type: ignore[return-value]
