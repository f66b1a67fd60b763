"""By which carrier a campaign goes, and where whoever sends finds its password."""

from __future__ import annotations

import re
from typing import Any

import attrs

from safesend.errors import ConfigurationError

__all__ = ["WAY", "Way", "ways_of"]

_MAYBE = (str, type(None))
WAY = {
    "url": str,
    "weight": (float, type(None)),
    "password_env": _MAYBE,
    "password_file": _MAYBE,
    "password_keyring": _MAYBE,
}
"""The shape of the values of a way, see `canon`."""

# RFC 3986 section 3.2.1: what stands behind the colon of the user information.
_PASSWORD = re.compile(r"//[^/?#@]*:[^/?#]*@")


@attrs.frozen(kw_only=True)
class Way:
    """A carrier by its URL, without a password; with the place where that is found.

    `password_env` names a variable, `password_file` a file, `password_keyring` a
    service of the keyring, on the machine that sends. Of several ways each has a
    `weight`, the share that it takes, or none has: the next is gone where one is down.
    Raises `ConfigurationError`.
    """

    url: str = attrs.field()
    weight: float | None = attrs.field(
        default=None, converter=attrs.converters.optional(float)
    )
    password_env: str | None = None
    password_file: str | None = None
    password_keyring: str | None = None

    def __attrs_post_init__(self) -> None:
        if _PASSWORD.search(self.url):
            raise ConfigurationError(
                "the URL of a carrier that a ledger keeps holds no password: name the"
                " variable or the file that holds it (password_env, password_file)"
            )
        places = "password_env", "password_file", "password_keyring"
        given = [one for one in places if getattr(self, one) is not None]
        if len(given) > 1:
            raise ConfigurationError(f"give {' or '.join(given)}, not both")

    @property
    def values(self) -> dict[str, Any]:
        """Plain values."""
        return attrs.asdict(self)


def ways_of(carrier: object) -> tuple[Way, ...]:
    """The way that a URL names, its password left out; () for any other carrier."""
    if not isinstance(carrier, str):
        return ()
    bare = _PASSWORD.sub(_without_password, carrier)
    return (Way(url=bare),)


def _without_password(found: re.Match[str]) -> str:
    return found[0].partition(":")[0] + "@"
