"""One-click unsubscribing (RFC 8058): the link of a message, and what its token holds.

The token is sealed by AES-SIV (RFC 5297): the same for the same mailbox and campaign,
so that a message is the same on every attempt; nobody without the key can read one,
make one, or turn one into another. Inside is a keyed digest of the mailbox, and no
address.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import re
from typing import TYPE_CHECKING

import attrs

from safesend.errors import ConfigurationError
from safesend.message.address import Address
from safesend.message.identity import CampaignKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

__all__ = ["Leave", "Unsubscribe", "UnsubscribeKey"]

_VERSION = "v1"
_TOKEN = re.compile(r"v1\.([A-Za-z0-9_-]{43,160})\.([0-9a-f]{8})")
_PLACE = "{token}"
_SEAL, _ID = b"unsubscribe seal\0", b"unsubscribe id\0"
_DIGEST = 16
_LONGEST_NAME = 64
"""Octets of a campaign's name that a token has; the URL keeps below its limit."""


@attrs.frozen
class Leave:
    """What a token says: which mailbox wants no more, and which mailing told it how.

    `digest` stands for the mailbox on the suppression list whose key sealed it.
    """

    digest: bytes = attrs.field(repr=False)
    campaign: str


@attrs.frozen
class UnsubscribeKey:
    """The key under which links are made and read: that of one suppression list.

    `SuppressionList.unsubscribe_key()` gives it. Keep it as the list's key is kept.
    """

    secret: bytes = attrs.field(repr=False)
    id: str = attrs.field(init=False)
    """What tells it from the keys of other lists; it says nothing about the key."""
    _people: CampaignKey = attrs.field(init=False, repr=False, eq=False)
    _seal: AESSIV = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        name = hmac.digest(self.secret, _ID, "sha256")[:4].hex()
        object.__setattr__(self, "id", name)
        object.__setattr__(self, "_people", CampaignKey(self.secret, ""))
        object.__setattr__(self, "_seal", _aes_siv(self.secret))

    def token(self, address: Address, campaign: str) -> str:
        """What stands for the mailbox in the link of one campaign: some 5 us."""
        name = campaign.encode()[:_LONGEST_NAME]
        sealed = self._seal.encrypt(
            self._people.suppression(address) + name, [_VERSION.encode()]
        )
        text = binascii.b2a_base64(sealed, newline=False).rstrip(b"=")
        # The id stands last: programs leave a "-" or "_" at the end out of a link.
        body = text.translate(_TO_URL).decode()
        return f"{_VERSION}.{body}.{self.id}"

    def open(self, token: str) -> Leave | None:
        """What a token says; None for whatever this key did not seal."""
        found = _TOKEN.fullmatch(token)
        if found is None or not hmac.compare_digest(found[2], self.id):
            return None
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - an extra

        text = found[1].encode().translate(_FROM_URL)
        try:
            sealed = binascii.a2b_base64(text + b"=" * (-len(text) % 4))
            plain = self._seal.decrypt(sealed, [_VERSION.encode()])
        except (InvalidTag, binascii.Error):
            return None
        # A name that was cut may end within a character.
        return Leave(plain[:_DIGEST], plain[_DIGEST:].decode("utf-8", "ignore"))


@attrs.frozen
class Unsubscribe:
    """Where readers get off the list: `Unsubscribe("https://example.org/leave", key)`.

    `base_url` is where `safesend.integrations.unsubscribe` is mounted. Every message
    has the link `base_url/TOKEN`, or one with the token in the place of `{token}`, in
    the header pair of RFC 8058 and as `{{ unsubscribe_url }}` in its texts. `key` is
    `SuppressionList.unsubscribe_key()` of the list that `send(suppression=)` gets.

    Raises `ConfigurationError`.
    """

    base_url: str
    key: UnsubscribeKey

    @property
    def template(self) -> str:
        """The link with `{token}` where the token goes."""
        if _PLACE in self.base_url:
            return self.base_url
        return f"{self.base_url.rstrip('/')}/{_PLACE}"


_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")


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
