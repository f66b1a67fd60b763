"""What a process is told that helps with a run: over its standard input, as one line.

It holds passwords and keys: it is in no command line, no variable and no file.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import attrs

from safesend.fleet.secrets import Pem, Secrets
from safesend.redaction import Secret

__all__ = ["Order"]


@attrs.frozen(kw_only=True)
class Order:
    """Which campaign of which ledger, how fast, and what to bring."""

    ledger: str = attrs.field(repr=False)  # the URL of a database may hold a password
    campaign: str
    secrets: Secrets = attrs.field(repr=False)
    lanes: int
    seconds: float | None = None

    def line(self) -> bytes:
        """The order as one line."""
        secrets = self.secrets
        shared = secrets.suppression
        assert shared is None or isinstance(shared, Path)
        words = {
            "ledger": self.ledger,
            "campaign": self.campaign,
            "lanes": self.lanes,
            "seconds": self.seconds,
            "passwords": {u: one.reveal() for u, one in secrets.passwords.items()},
            "dkim": [[_text(pem), _bare(pem.password)] for pem in secrets.dkim],
            "suppression": _path(shared),
            "key_home": _path(secrets.key_home),
        }
        return json.dumps(words).encode() + b"\n"

    @classmethod
    def read(cls, line: bytes) -> Order:
        """The order of a line."""
        words: dict[str, Any] = json.loads(line)
        secrets = Secrets(
            passwords={u: Secret(one) for u, one in words.pop("passwords").items()},
            dkim=tuple(
                Pem(Secret(key), None if password is None else Secret(password))
                for key, password in words.pop("dkim")
            ),
            suppression=_back(words.pop("suppression")),
            key_home=_back(words.pop("key_home")),
        )
        return cls(secrets=secrets, **words)


def _text(pem: Pem) -> str:
    key = pem.key
    return key.reveal() if isinstance(key, Secret) else key.read_text("latin-1")


def _bare(secret: Secret | None) -> str | None:
    return None if secret is None else secret.reveal()


def _path(path: Path | None) -> str | None:
    return None if path is None else str(path.absolute())


def _back(text: str | None) -> Path | None:
    return None if text is None else Path(text)
