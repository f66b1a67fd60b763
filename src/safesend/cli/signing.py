"""The tables [[dkim]] of campaign.toml: who signs, and where the keys are found."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from safesend import redaction
from safesend.cli import show
from safesend.cli.settings import Settings, Signer
from safesend.errors import AddressError, ConfigurationError
from safesend.fleet.secrets import Pem
from safesend.message.address import Address
from safesend.message.dkim import Dkim, signatures
from safesend.secrets import Secret

__all__ = ["read_pems", "read_signers"]


def read_signers(settings: Settings, folder: Path) -> tuple[Dkim, ...]:
    """Who signs, and a warning of what should be better about it on standard error.

    Paths count from the folder. Raises `ConfigurationError`, which names the table.
    """
    try:
        found = signatures([_dkim(one, folder) for one in settings.dkim])
    except ConfigurationError as error:
        raise ConfigurationError(f"{settings.where('dkim')}: {error}") from None
    for one in found:
        _warn(one.advice)
        if not _counts(one, settings.sender):
            _warn(
                f"the DKIM domain {one.domain} is not that of the sender, or above it:"
                " DMARC does not count such a signature"
            )
    return found


def _counts(dkim: Dkim, sender: str) -> bool:
    try:
        return dkim.counts_for(Address.parse(sender, name_allowed=True).domain)
    except AddressError:  # told elsewhere, with its line
        return True


def read_pems(settings: Settings, folder: Path) -> tuple[Pem, ...]:
    """The keys alone, for other processes. Raises `ConfigurationError`."""
    return tuple(_pem(one, folder) for one in settings.dkim)


def _dkim(one: Signer, folder: Path) -> Dkim:
    pem = _pem(one, folder)
    if isinstance(pem.key, Path):
        _warn_of_readers(pem.key)
    return Dkim(one.domain, one.selector, pem.key, password=pem.password)


def _pem(one: Signer, folder: Path) -> Pem:
    file = one.key_file
    return Pem(_kept(one) if file is None else folder / file, _password(one, folder))


def _kept(one: Signer) -> redaction.Secret:
    """A key that lies in no file."""
    if one.key_keyring is not None:
        return Secret.from_keyring(one.key_keyring, _user(one))
    assert one.key_env is not None  # `read_settings` wants one of the three
    value = os.environ.get(one.key_env, "")
    if not value:
        raise ConfigurationError(
            f"the variable {one.key_env} should hold the key, but is empty"
        )
    # A variable often holds the lines of a file with "\n" between them.
    return Secret(value.replace("\\n", "\n"))


def _password(one: Signer, folder: Path) -> redaction.Secret | None:
    if one.password_file is not None:
        return Secret.from_file(folder / one.password_file, warn=_warn)
    if one.password_env is not None:
        return Secret.from_env(one.password_env)
    if one.password_keyring is not None:
        return Secret.from_keyring(one.password_keyring, _user(one))
    return None


def _user(one: Signer) -> str:
    """Under which name a keyring keeps what belongs to a key: that of its record."""
    return f"{one.selector}._domainkey.{one.domain}"


def _warn_of_readers(file: Path) -> None:
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
    except OSError:  # told by who reads it
        return
    if mode & 0o077:
        _warn(f"others can read {file}; 'chmod 600 {file}' stops that")


def _warn(text: str) -> None:
    if text:
        show.say(f"Warning: {text}.", err=True)
