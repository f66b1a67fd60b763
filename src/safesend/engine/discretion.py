"""What a server wrote, without the people it names."""

from __future__ import annotations

import attrs

from safesend.checks.impersonal import is_role
from safesend.redaction import mask_local, mask_text

__all__ = ["Discretion", "discreet"]

_NAMING = 3
"""From so many characters on a local part alone may tell who it is."""

_OTHERS = 4
"""The same for another row's: it may be any word."""

_KNOWN = 4096
"""Local parts that are kept: at least so many of those that were taken in hand last."""

_ORDINARY = frozenset(
    str.split(
        """
    accepted access account address again blocked command connection connections daily
    data delivered delivery denied disabled does domain error exceeded exist exists
    failed found from full greylisted have here host hour inactive information invalid
    later limit mail mailbox many message messages more much name none over please
    policy queue queued quota rate receiving recipient refused rejected relay relaying
    sender sending sent server service slow spam state storage syntax system temporarily
    temporary test that this time unavailable unknown user visit with your
        """
    )
)
"""Words that replies are made of. Who has one for a local part is not named by it."""

_WORDS = "".join(
    chr(code) if chr(code).isalnum() or chr(code) in "._+-" else " "
    for code in range(128)
)


@attrs.define
class Discretion:
    """Knows the local parts of the rows that were taken in hand lately.

    A server may repeat one bare: that of the message it answers, or, being confused,
    of another one that it had before or has beside it.
    """

    _young: set[str] = attrs.field(factory=set, repr=False)
    _old: set[str] = attrs.field(factory=set, repr=False)
    _usual: str = attrs.field(default="", repr=False)
    """What stood before the last word of the latest text that named nobody."""

    def meet(self, local: str) -> None:
        """A row is in hand: from now on it may be named."""
        if len(local) < _OTHERS:
            return
        if len(self._young) >= _KNOWN:
            self._old, self._young = self._young, set()
        self._young.add(local.lower())
        if "+" in local:
            self._young.add(local.lower().partition("+")[0])

    def of(self, text: str, local: str = "") -> str:
        """The text without the row's local part, and without those of others."""
        if local:
            text = discreet(text, local)
        before, _, last = text.rpartition(" ")
        if before == self._usual and last.isalnum() and not self._knows(last.lower()):
            return text  # "2.0.0 Ok: queued as 4F2B1A23C4" comes with every message
        words = text.lower().translate(_WORDS).replace(". ", " ").rstrip(".").split()
        if self._young.isdisjoint(words) and self._old.isdisjoint(words):
            self._usual = before
            return text
        return self._masked(text, words)

    def masked(self, text: str) -> str:
        """The same for a text of no row, such as a greeting; addresses masked, too."""
        return mask_text(self.of(text))

    def _knows(self, word: str) -> bool:
        return word in self._young or word in self._old

    def _masked(self, text: str, words: list[str]) -> str:
        for word in {*words} & (self._young | self._old):
            if len(word) >= _OTHERS and word not in _ORDINARY and not is_role(word):
                text = mask_local(text, word)
        return text


def discreet(text: str, local: str) -> str:
    """The text without a recipient's local part, which a server may repeat bare.

    Nor what stands before a plus sign in it: a server that delivers names that alone.
    """
    folded = text.lower()
    names = (local, local.partition("+")[0]) if "+" in local else (local,)
    for name in names:
        if len(name) >= _NAMING and name.lower() in folded:
            text = mask_local(text, name)
    return text
