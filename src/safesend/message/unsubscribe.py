"""One-click unsubscribing (RFC 8058): the link of a message, and what its token holds.

The token is sealed by AES-SIV (RFC 5297): the same for the same mailbox and campaign,
so that a message is the same on every attempt; nobody without the key can read one,
make one, or turn one into another. Inside is a keyed digest of the mailbox, and no
address.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import attrs

from safesend.errors import ConfigurationError
from safesend.message.address import Address
from safesend.message.identity import CampaignKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

__all__ = [
    "LONGEST_TOKEN",
    "PLACE",
    "Leave",
    "Unsubscribe",
    "UnsubscribeKey",
    "check_link",
    "token_in",
]

PLACE = "{token}"
"""What stands for the token in a link that is written down."""

_VERSION = "v1"
_SEAL, _ID = b"unsubscribe seal\0", b"unsubscribe id\0"
_TAG = _DIGEST = 16
_LONGEST_NAME = 64
"""Octets of a campaign's name that a token has; the URL keeps below its limit."""
_LONGEST = _TAG + _DIGEST + _LONGEST_NAME
# Hexadecimal, though it is longer: one word without a sign in it, which no value of a
# row turns up in by chance, and which survives whoever changes the case of a link.
_TOKEN = re.compile(
    rf"{_VERSION}\.((?:[0-9a-f]{{2}}){{{_TAG + _DIGEST},{_LONGEST}}})\.([0-9a-f]{{8}})",
    re.ASCII,
)
_ANY_CASE = re.compile(_TOKEN.pattern, re.ASCII | re.IGNORECASE)
# What a token is sealed with besides (RFC 5297 section 2.6): neither kind opens as the
# other.
_REAL, _TRIED = [b"v1"], [b"v1", b"tried"]

LONGEST_TOKEN = len(f"{_VERSION}..") + 2 * _LONGEST + 8
"""Characters that a token of an `UnsubscribeKey` has at most."""

_LONGEST_URL = 900  # so that the header's line keeps below 998 octets
_HTTPS, _LAST_PORT = 443, 65_535
_URL = re.compile(
    r"https://[A-Za-z0-9.\-]+(?::[0-9]{1,5})?[/?][A-Za-z0-9._~:/?!$&*+;=%-]*"
)


@attrs.frozen
class Leave:
    """What a token says: which mailbox wants no more, and which mailing told it how.

    `digest` stands for the mailbox on the suppression list whose key sealed it.
    `tried`: it was in a message that was only tried, and takes nobody off.
    """

    digest: bytes = attrs.field(repr=False)
    campaign: str
    tried: bool = False


@attrs.frozen
class UnsubscribeKey:
    """The key under which links are made and read: that of one suppression list.

    `SuppressionList.unsubscribe_key()` gives it. Keep it as the list's key is kept.
    With `tries` it makes the links of messages that are only tried: they look like any
    other, and take nobody off.
    """

    secret: bytes = attrs.field(repr=False)
    tries: bool = attrs.field(default=False, kw_only=True)
    origin: str = attrs.field(default="", kw_only=True, eq=False)
    """The id of the list that gave it, which its copies share; "": none is known."""
    id: str = attrs.field(init=False)
    """What tells it from the keys of other lists; it says nothing about the key."""
    _people: CampaignKey = attrs.field(init=False, repr=False, eq=False)
    _seal: AESSIV = attrs.field(init=False, repr=False, eq=False)
    _last: dict[tuple[str, str], str] = attrs.field(
        init=False, repr=False, eq=False, factory=dict
    )

    def __attrs_post_init__(self) -> None:
        name = hmac.digest(self.secret, _ID, "sha256")[:4].hex()
        object.__setattr__(self, "id", name)
        object.__setattr__(self, "_people", CampaignKey(self.secret, ""))
        object.__setattr__(self, "_seal", _aes_siv(self.secret))

    def trying(self) -> UnsubscribeKey:
        """The key for messages that are only tried."""
        return UnsubscribeKey(self.secret, tries=True, origin=self.origin)

    def token(self, address: Address, campaign: str) -> str:
        """What stands for the mailbox in the link of one campaign: some 5 us.

        The last one is kept: who makes a message asks, and then who checks it.
        """
        asked, last = (address.normalised, campaign), self._last
        token = last.get(asked)
        if token is None:
            last.clear()
            token = last[asked] = self._sealed(address, campaign)
        return token

    def _sealed(self, address: Address, campaign: str) -> str:
        plain = self._people.suppression(address) + campaign.encode()[:_LONGEST_NAME]
        sealed = self._seal.encrypt(plain, _TRIED if self.tries else _REAL)
        return f"{_VERSION}.{sealed.hex()}.{self.id}"

    def open(self, token: str) -> Leave | None:
        """What a token says; None for whatever this key did not seal."""
        found = _TOKEN.fullmatch(token)
        if found is None or not hmac.compare_digest(found[2], self.id):
            return None
        sealed = bytes.fromhex(found[1])
        for tried in (False, True):
            plain = self._opened(sealed, _TRIED if tried else _REAL)
            if plain is not None:
                # A name that was cut may end within a character.
                name = plain[_DIGEST:].decode("utf-8", "ignore")
                return Leave(plain[:_DIGEST], name, tried)
        return None

    def _opened(self, sealed: bytes, kind: list[bytes]) -> bytes | None:
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - an extra

        try:
            return self._seal.decrypt(sealed, kind)
        except InvalidTag:
            return None


def _one_place(_: object, __: object, value: Any) -> None:
    if not isinstance(value, str):
        raise ConfigurationError(
            'base_url is a text: Unsubscribe("https://example.org/leave", key)'
        )
    if "?" in value and PLACE not in value:
        raise ConfigurationError(
            f"unsubscribe has a query: say where in it the token goes, ...?t={PLACE}"
        )
    check_link(_template(value), LONGEST_TOKEN)


def _list_key(_: object, __: object, value: Any) -> None:
    if not isinstance(value, UnsubscribeKey):
        raise ConfigurationError(
            "the key of Unsubscribe is that of a suppression list:"
            ' SuppressionList("suppressed.db").unsubscribe_key()'
        )


@attrs.frozen
class Unsubscribe:
    """Where readers get off the list: `Unsubscribe("https://example.org/leave", key)`.

    `base_url` is where `safesend.integrations.unsubscribe` is mounted. Every message
    has the link `base_url/TOKEN`, or one with the token in the place of `{token}`, in
    the header pair of RFC 8058 and as `{{ unsubscribe_url }}` in its texts. `key` is
    `SuppressionList.unsubscribe_key()` of the list that `send(suppression=)` gets.

    Raises `ConfigurationError`.
    """

    base_url: str = attrs.field(validator=_one_place)
    key: UnsubscribeKey = attrs.field(validator=_list_key)

    @property
    def template(self) -> str:
        """The link with `{token}` where the token goes."""
        return _template(self.base_url)


def token_in(text: str) -> str:
    """The token that stands somewhere in a text, in whatever case; "": there is none.

    Links lose their shape on the way: a full stop behind them is taken for a part.
    Nothing is lost by that, since no other token can be made of one.
    """
    found = _ANY_CASE.search(text)
    return "" if found is None else found[0].lower()


def check_link(template: str, longest: int) -> None:
    """Refuse what is no one-click link; its tokens have at most so many characters.

    Raises `ConfigurationError`.
    """
    bare = template.replace(PLACE, "token", 1)
    if bare == template or PLACE in bare or "{" in bare or "}" in bare:
        reason = f"must hold {PLACE} exactly once, and no other placeholder"
    elif not _URL.fullmatch(bare) or PLACE in _host(template):
        reason = f"must be a https:// URL in ASCII with {PLACE} in its path or query"
    elif not 0 < _port(bare) <= _LAST_PORT:
        reason = f"names a port that cannot be: {_port(bare)}"
    elif "@" in unquote(bare):
        reason = "may hold no @: an address in a link is seen by others"
    elif len(template) - len(PLACE) + longest > _LONGEST_URL:
        reason = f"is longer than {_LONGEST_URL} characters with its token"
    else:
        return
    raise ConfigurationError(f"unsubscribe {reason}")


def _host(url: str) -> str:
    return url.removeprefix("https://").replace("?", "/").partition("/")[0]


def _port(url: str) -> int:
    return int(_host(url).partition(":")[2] or _HTTPS)


def _template(base_url: str) -> str:
    return base_url if PLACE in base_url else f"{base_url.rstrip('/')}/{PLACE}"


def _aes_siv(secret: bytes) -> AESSIV:
    try:
        from cryptography.hazmat.primitives.ciphers.aead import (  # noqa: PLC0415
            AESSIV,
        )
    except ImportError:
        raise ConfigurationError(
            "links for one-click unsubscribing are sealed with the package"
            " cryptography: pip install 'safesend[unsubscribe]'"
        ) from None
    return AESSIV(hashlib.sha512(_SEAL + secret).digest())
