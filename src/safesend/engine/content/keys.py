"""What a campaign needs and no ledger keeps: the keys that whoever sends brings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import attrs

from safesend.errors import ConfigurationError
from safesend.message.dkim import Dkim
from safesend.message.dkim_key import SigningKey
from safesend.message.unsubscribe import Unsubscribe, UnsubscribeKey

__all__ = ["Keys", "mark_of"]


def mark_of(key: SigningKey) -> str:
    """What tells a key for DKIM from others: a digest of its public half."""
    return hashlib.sha256(key.public).hexdigest()


def _several(given: Iterable[SigningKey]) -> tuple[SigningKey, ...]:
    return tuple(given)


@attrs.frozen(kw_only=True)
class Keys:
    """Keys to send with: those for DKIM, and that of the suppression list.

    Each must be the one that the campaign was made with. Of those for DKIM the public
    half says which is which, so their order is of no account.
    """

    dkim: tuple[SigningKey, ...] = attrs.field(default=(), converter=_several)
    unsubscribe: UnsubscribeKey | None = None

    @classmethod
    def of(
        cls, dkim: Iterable[Dkim] = (), unsubscribe: Unsubscribe | str | None = None
    ) -> Keys:
        """Those of a campaign that is at hand."""
        key = unsubscribe.key if isinstance(unsubscribe, Unsubscribe) else None
        return cls(dkim=[one.key for one in dkim], unsubscribe=key)

    def signer(self, domain: str, selector: str, mark: str) -> Dkim:
        """Who signs, with the key that has this mark. Raises `ConfigurationError`."""
        for key in self.dkim:
            if mark_of(key) == mark:
                return Dkim(domain, selector, key)
        given = "another key was given" if self.dkim else "no key was given"
        raise ConfigurationError(
            f"the campaign is signed with the DKIM key {selector} of {domain}, and"
            f" {given}: give the private half of what {selector}._domainkey.{domain}"
            " publishes"
        )

    def link(self, base_url: str, key_id: str, origin: str) -> Unsubscribe:
        """The link, sealed with the key of this id. Raises `ConfigurationError`."""
        key = self.unsubscribe
        if key is None or key.id != key_id or _strangers(key.origin, origin):
            given = "none was given" if key is None else "another was given"
            raise ConfigurationError(
                "the links for unsubscribing are sealed with the key of a suppression"
                f" list ({key_id}), and {given}: give the list that the campaign was"
                " made with"
            )
        return Unsubscribe(base_url, key)


def _strangers(one: str, other: str) -> bool:
    """Whether two lists are known to be different ones."""
    return bool(one and other) and one != other
