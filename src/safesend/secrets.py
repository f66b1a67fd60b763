"""Where secrets come from: a variable, a file, the keyring of the system.

No value is ever part of a message of this room, only its place.
"""

from __future__ import annotations

import logging
import os
import re
import shlex
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from safesend import redaction
from safesend.errors import ConfigurationError

__all__ = ["Secret"]

_LOG = logging.getLogger("safesend")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_LARGEST = 65536
# Not what else ends a line of Unicode: a password may hold it.
_LINE_END = re.compile("[\r\n]")
_HALF = re.compile("[\ud800-\udfff]")
"""Octets of a variable that are not UTF-8 (PEP 383)."""


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
        place = f"the variable {variable}"
        return cls(_filled(os.environ.get(variable, ""), place))

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
        line = _LINE_END.split(text, maxsplit=1)[0]
        return cls(_filled(line, f"the first line of {file}"))

    @classmethod
    def from_keyring(cls, service: str, user: str) -> Self:
        """What the keyring of the system (extra `keyring`) keeps for a user.

        `keyring set SERVICE USER` puts it there.
        """
        command = f"keyring set {shlex.quote(service)} {shlex.quote(user)}"
        place = f"the keyring, for {user} at {service},"
        return cls(_filled(_kept(service, user, command), place))


def _filled(value: Any, place: str) -> str:
    text = isinstance(value, str) and not _HALF.search(value)
    if text and value.strip():
        return str(value)
    del value  # no frame of the error holds it
    reason = "but is empty" if text else "but holds what is no text in UTF-8"
    raise ConfigurationError(f"{place} should hold the password, {reason}")


def _read(file: Path, warn: Callable[[str], object]) -> str:
    try:
        with file.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            octets = opened.read(_LARGEST + 1)
    except FileNotFoundError:
        raise ConfigurationError(f"there is no password file {file}") from None
    except (OSError, ValueError) as error:  # a NUL in a path is a ValueError
        told = getattr(error, "strerror", None) or "this is no path"
        reason = f"the password file {file} cannot be read: {told}"
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


def _kept(service: str, user: str, command: str) -> str:
    try:
        import keyring  # noqa: PLC0415 - an extra, loaded on use
    except ImportError:
        raise ConfigurationError(
            "a password from the keyring needs another package: pip install"
            f" \"safesend[keyring]\"; then '{command}' puts it there"
        ) from None
    try:
        found = keyring.get_password(service, user)
    except Exception as error:  # noqa: BLE001 - whatever keyring is in use raises it
        # Its kind only: what it says may hold what was found.
        kind = type(error).__name__
    else:
        if found:
            return found
        raise ConfigurationError(
            f"the keyring holds no password of {user} for {service}: '{command}' asks"
            " for it and keeps it there"
        )
    raise ConfigurationError(
        f"the keyring could not be asked for the password of {user} for {service}"
        f" ({kind}): 'keyring diagnose' says which one is in use; where there is none"
        " and nobody to unlock it, as in a cron job, use a file or a variable"
    )
