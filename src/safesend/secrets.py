"""Where secrets come from: a variable, a file, the keyring of the system.

No value is ever part of a message of this room, only its place.
"""

from __future__ import annotations

import logging
import os
import shlex
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Self

from safesend import redaction
from safesend.errors import ConfigurationError

__all__ = ["Secret"]

_LOG = logging.getLogger("safesend")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_LARGEST = 65536


class Secret(redaction.Secret):
    """A password, token or key that prints as three asterisks.

    `from_env`, `from_file` and `from_keyring` say where it is kept, so that it stands
    in no script; `reveal()` gives it. They raise `ConfigurationError`, which names the
    place and never what was found there.
    """

    __slots__ = ()

    @classmethod
    def from_env(cls, variable: str) -> Self:
        """What an environment variable holds."""
        value = os.environ.get(variable, "")
        return cls(_filled(value, f"the variable {variable}"))

    @classmethod
    def from_file(
        cls,
        path: str | os.PathLike[str],
        *,
        whole: bool = False,
        warn: Callable[[str], object] = _LOG.warning,
    ) -> Self:
        """The first line of a file; `whole`: all of it, as for a key in PEM.

        The line end is no part of it, spaces are. `warn` is told when others on this
        machine can read the file, by default in the log of "safesend".
        """
        file = Path(path)
        text = _read(file, warn)
        if whole:
            return cls(_filled(text, f"the file {file}"))
        return cls(_filled((text.splitlines() or [""])[0], f"the first line of {file}"))

    @classmethod
    def from_keyring(cls, service: str, user: str) -> Self:
        """What the keyring of the system (extra `keyring`) keeps for a user.

        `keyring set SERVICE USER` puts it there.
        """
        command = f"keyring set {shlex.quote(service)} {shlex.quote(user)}"
        value = _kept(service, user, command)
        if not value:
            raise ConfigurationError(
                f"the keyring holds no password of {user} for {service}: '{command}'"
                " asks for it and keeps it there"
            )
        return cls(value)


def _filled(value: str, place: str) -> str:
    if not value.strip():
        raise ConfigurationError(f"{place} should hold the password, but is empty")
    return value


def _read(file: Path, warn: Callable[[str], object]) -> str:
    try:
        with file.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            octets = opened.read(_LARGEST + 1)
    except FileNotFoundError:
        raise ConfigurationError(f"there is no password file {file}") from None
    except OSError as error:
        reason = f"the password file {file} cannot be read: {error.strerror}"
        raise ConfigurationError(reason) from None
    if len(octets) > _LARGEST:
        raise ConfigurationError(f"the password file {file} is no such: it is too long")
    # Windows has no such bits; what the mode says there is about nobody.
    if os.name == "posix" and stat.S_ISREG(mode) and mode & _OTHERS:
        warn(f"others can read {file}; 'chmod 600 {file}' stops that")
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    # Raised here, as that error holds the octets.
    raise ConfigurationError(f"the password file {file} is not text")


def _kept(service: str, user: str, command: str) -> str | None:
    try:
        import keyring  # noqa: PLC0415 - an extra, loaded on use
    except ImportError:
        raise ConfigurationError(
            "a password from the keyring needs another package: pip install"
            f" \"safesend[keyring]\"; then '{command}' puts it there"
        ) from None
    try:
        return keyring.get_password(service, user)
    except Exception as error:  # noqa: BLE001 - whatever keyring is in use raises it
        # Its kind only: what it says may hold what was found.
        kind = type(error).__name__
    raise ConfigurationError(
        f"the keyring could not be asked for the password of {user} for {service}"
        f" ({kind}): 'keyring diagnose' says which one is in use; where there is none"
        " and nobody to unlock it, as in a cron job, use a file or a variable"
    )
