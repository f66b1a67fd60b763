"""The key of a ledger: in the environment, or in a file far from the ledger."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import stat
from pathlib import Path

import attrs

from safesend.errors import ConfigurationError, LedgerKeyError
from safesend.ledger.place import LEDGER, Kind, create_private, sync_folder

__all__ = ["DESTROYED", "LENGTH", "NAMED", "VARIABLE", "KeyPlace", "default_key_home"]

VARIABLE = "SAFESEND_KEY"
NAMED = "SAFESEND_KEY_FILE"
"""The variable that names a file with the key, as those who keep secrets give it."""
LENGTH = 32
"""Octets of a key."""
DESTROYED = "destroyed"
"""Says in a ledger's `meta` when its key was destroyed, on purpose."""


@attrs.frozen
class KeyPlace:
    """Where the key of one ledger is kept: `<home>/<ledger id>.key` or VARIABLE."""

    ledger: Path | str
    """Its file, or the URL of a database."""
    home: Path
    id: str
    kind: Kind = LEDGER

    @property
    def file(self) -> Path:
        """The key's file."""
        return self.home / f"{self.id}.key"

    def find(self) -> bytes | None:
        """The key, or None when it is nowhere.

        Raises `LedgerKeyError` for one that is malformed or that others can read.
        """
        if (given := os.environ.get(VARIABLE)) is not None:
            return _parsed(given.strip(), f"the variable {VARIABLE}")
        if named := os.environ.get(NAMED):
            return _read_named(Path(named))
        try:
            return _read(self.file)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise LedgerKeyError(
                f"the key file {self.file} cannot be read: {error.strerror}"
            ) from error

    def make(self) -> bytes:
        """A new key, on the disk when this returns. Raises `LedgerKeyError`."""
        beside = self.ledger.parent if isinstance(self.ledger, Path) else None
        if beside is not None and self.home.resolve() == beside.resolve():
            raise LedgerKeyError(
                f"the key must not lie in the folder of its {self.kind.name}"
                f" ({self.home}): who copies one would have both. Choose another folder"
            )
        key = secrets.token_bytes(LENGTH)
        try:
            _make_folder(self.home)
            _write(self.file, key.hex().encode() + b"\n")
        except OSError as error:
            raise LedgerKeyError(
                f"the key of the {self.kind.name} {self.ledger} cannot be written to"
                f" {self.file} ({error.strerror}); set {VARIABLE} to 64 hexadecimal"
                " digits, or XDG_DATA_HOME to a folder that can be written"
            ) from error
        return key

    def must_be_file(self) -> None:
        """Raise `ConfigurationError` where the key is not ours to destroy."""
        if {VARIABLE, NAMED} & os.environ.keys() or not self.file.is_file():
            raise ConfigurationError(
                f"the key of the ledger {self.ledger} comes from the variable"
                f" {VARIABLE} or {NAMED}: destroy it where you keep it; nothing was"
                " destroyed"
            )

    def destroy(self) -> None:
        """Overwrite the file and delete it; gone from its folder when this returns.

        Raises `LedgerKeyError`. Copies that somebody made are not ours to find.
        """
        try:
            descriptor = os.open(self.file, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            with os.fdopen(descriptor, "wb") as file:
                file.write(b"0" * os.fstat(descriptor).st_size)
                file.flush()
                os.fsync(descriptor)
            self.file.unlink()
            sync_folder(self.home)
        except OSError as error:
            raise LedgerKeyError(
                f"the key file {self.file} cannot be destroyed: {error.strerror}"
            ) from error

    def looked_for(self) -> str:
        """Where `find` looked, for an error."""
        if VARIABLE in os.environ:
            beside = f" (the file {self.file} is not read beside it)"
            return f"the variable {VARIABLE}{beside if self.file.exists() else ''}"
        if NAMED in os.environ:
            return f"the file {os.environ[NAMED]}, which {NAMED} names"
        return f"the file {self.file}; {VARIABLE} and {NAMED} are not set"

    def elsewhere(self) -> str:
        """What to do on one of several machines, for an error."""
        if isinstance(self.ledger, Path):
            return ""
        return (
            "It was made, or given, where the ledger was used first: set"
            f" {VARIABLE} there and here to the same, or copy {self.file.name} from"
            " safesend/keys in the data folder (~/.local/share) there. "
        )


def default_key_home() -> Path:
    """The user's data folder (XDG Base Directory Specification)."""
    given = os.environ.get("XDG_DATA_HOME", "")
    # Relative paths are to be ignored, says the specification.
    data = Path(given) if Path(given).is_absolute() else Path.home() / ".local/share"
    return data / "safesend" / "keys"


def _read(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if stat.S_IMODE(os.fstat(descriptor).st_mode) & 0o077:
            raise LedgerKeyError(
                f"others can read the key file {path}; if nobody did: chmod 600 {path}"
            )
        return _parsed(file.read(200).decode("ascii", "replace").strip(), str(path))


def _read_named(path: Path) -> bytes:
    """A file that somebody else keeps there, perhaps behind a link, for a group."""
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            octets = file.read(200)
    except OSError as error:
        raise LedgerKeyError(
            f"the key file {path}, which {NAMED} names, cannot be read:"
            f" {error.strerror}"
        ) from error
    if mode & 0o007:
        raise LedgerKeyError(f"everybody can read the key file {path}: chmod o= {path}")
    return _parsed(octets.decode("ascii", "replace").strip(), str(path))


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(create_private(path), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)


def _make_folder(folder: Path) -> None:
    """Make it and those above it, each with a name that survives a power failure."""
    if folder.is_dir():
        return
    if not folder.parent.is_dir():
        _make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    sync_folder(folder.parent)


def _parsed(text: str, place: str) -> bytes:
    try:
        if len(text) == 2 * LENGTH:
            return bytes.fromhex(text)
        text = text.replace("-", "+").replace("_", "/")
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != LENGTH:
        raise LedgerKeyError(
            f"{place} holds no key: {LENGTH} octets as hexadecimal digits or as base64"
        )
    return key
