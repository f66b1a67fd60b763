"""What a worker needs and no ledger keeps: passwords, keys, the suppression list."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

import attrs

from safesend import redaction
from safesend.engine.content import Kept, Keys, Way
from safesend.errors import ConfigurationError
from safesend.message.dkim_key import SigningKey, read_key
from safesend.secrets import Secret
from safesend.suppression import SuppressionList

__all__ = ["Pem", "Secrets"]


@attrs.frozen
class Pem:
    """A private key in PEM: its file, or the text itself, and what opens it."""

    key: Path | redaction.Secret
    password: redaction.Secret | None = None

    def read(self) -> SigningKey:
        """The key. Raises `ConfigurationError`."""
        return read_key(self.key, self.password)


@attrs.frozen(kw_only=True)
class Secrets:
    """Where a worker finds what it must bring. Nothing of it is ever printed.

    `password` is that of the one carrier whose URL names a user, or `keyring` the
    service under which the system's keyring has it; `passwords` are those of several,
    by their URLs. Where neither is given the campaign says in which
    variable or file of this machine it stands; where that fails, `ask` is called with
    the URL. `key_home` is the folder of ledger keys, see `open_ledger`.
    """

    password: redaction.Secret | None = None
    keyring: str | None = None
    passwords: Mapping[str, redaction.Secret] = attrs.field(factory=dict)
    dkim: tuple[Pem, ...] = ()
    suppression: Path | SuppressionList | None = None
    key_home: Path | None = None
    ask: Callable[[str], redaction.Secret | None] | None = None

    @classmethod
    def from_environment(cls) -> Self:
        """What these variables name.

        SAFESEND_PASSWORD or SAFESEND_PASSWORD_FILE; SAFESEND_DKIM_KEYS, files with a
        colon between them; SAFESEND_SUPPRESSION, the path of the list. (The ledger's
        own key is in SAFESEND_KEY or SAFESEND_KEY_FILE, wherever a ledger is opened.)
        Raises `ConfigurationError`.
        """
        asked = os.environ.get
        file, shared = asked("SAFESEND_PASSWORD_FILE"), asked("SAFESEND_SUPPRESSION")
        password: redaction.Secret | None = None
        if file:
            password = Secret.from_file(file)
        elif asked("SAFESEND_PASSWORD"):
            password = Secret.from_env("SAFESEND_PASSWORD")
        keys = asked("SAFESEND_DKIM_KEYS", "").split(os.pathsep)
        return cls(
            password=password,
            dkim=tuple(Pem(Path(key)) for key in keys if key),
            suppression=Path(shared) if shared else None,
        )

    def password_of(self, way: Way, *, only: bool) -> redaction.Secret | None:
        """The password for a carrier; None where its URL names no user.

        `only`: it is the only one that has a user. Raises `ConfigurationError`.
        """
        user = urlsplit(way.url).username
        if user is None:
            return None
        found = self._brought(way, unquote(user), only=only) or _told(way, user)
        if found is None and self.ask is not None:
            found = self.ask(way.url)
        if found is None:
            raise ConfigurationError(
                f"the password of {unquote(user)} at {urlsplit(way.url).hostname} is"
                " needed and nobody can be asked: put it into SAFESEND_PASSWORD, or its"
                " file into SAFESEND_PASSWORD_FILE"
            )
        return found

    def keys(self, kept: Kept, shared: SuppressionList | None) -> Keys:
        """The keys for a campaign; `shared` is its list, opened."""
        sealed = kept.seals_links and shared is not None
        return Keys(
            dkim=[pem.read() for pem in self.dkim],
            unsubscribe=shared.unsubscribe_key() if sealed and shared else None,
        )

    def _brought(self, way: Way, user: str, *, only: bool) -> redaction.Secret | None:
        if way.url in self.passwords or not only:
            return self.passwords.get(way.url)
        if self.keyring is not None:
            return Secret.from_keyring(self.keyring, user)
        return self.password


def _told(way: Way, user: str) -> redaction.Secret | None:
    """What is found where the campaign says."""
    if way.password_file is not None:
        return Secret.from_file(way.password_file)
    if way.password_env is not None:
        return Secret.from_env(way.password_env)
    if way.password_keyring is not None:
        return Secret.from_keyring(way.password_keyring, unquote(user))
    return None
