"""A campaign and how it is sent, as a manifest and its parts; and back again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import attrs

from safesend.engine.content import letter as letters
from safesend.engine.content import sending
from safesend.engine.content.canon import read, written
from safesend.engine.content.keys import Keys
from safesend.engine.content.way import WAY, Way
from safesend.engine.declaration import Declaration
from safesend.engine.options import Options
from safesend.errors import ConfigurationError, LedgerError, SafesendError
from safesend.ledger.base import Ledger
from safesend.ledger.contents import digest_of
from safesend.suppression import SuppressionList

__all__ = ["Content", "Kept", "content_of", "read_content"]

_SHAPE = {
    "letter": letters.LETTER,
    "sending": sending.SENDING,
    "ways": [WAY],
}
_DIGEST = 32

T = TypeVar("T")


@attrs.frozen
class Content:
    """A manifest, and the parts that it names."""

    manifest: bytes = attrs.field(repr=False)
    parts: Mapping[bytes, bytes] = attrs.field(repr=False)
    """By their SHA-256."""

    def keep(self, ledger: Ledger, campaign: int) -> None:
        """Have a ledger keep it as what the campaign is."""
        ledger.contents.keep(campaign, self.manifest, self.parts.values())


@attrs.frozen
class Kept:
    """What a manifest says; `part` gives the octets with a SHA-256."""

    values: Mapping[str, Any] = attrs.field(repr=False)
    part: Callable[[bytes], bytes] = attrs.field(repr=False)

    def letter(self, keys: Keys) -> Declaration:
        """The campaign, to nobody.

        Raises `ConfigurationError` where a key is missing, and `LedgerError` for what
        is no campaign.
        """
        found = self.values["letter"]
        return _taken(lambda: letters.letter_of(found, self._part, keys))

    def options(
        self,
        *,
        suppression: SuppressionList | None = None,
        deadline: float | str | None = None,
        lanes: int | None = None,
    ) -> Options:
        """How it is sent, by a call that brings the list and says the rest.

        Raises `ConfigurationError` where another list is brought.
        """
        return sending.options_of(
            self.values["sending"],
            suppression=suppression,
            deadline=deadline,
            lanes=lanes,
        )

    @property
    def seals_links(self) -> bool:
        """Whether its links need the key of the suppression list."""
        return isinstance(self.values["letter"]["unsubscribe"], dict)

    @property
    def ways(self) -> tuple[Way, ...]:
        """The carrier, or several that stand in for each other; () if none is named."""
        return tuple(Way(**one) for one in self.values["ways"])

    def _part(self, name: str) -> bytes:
        try:
            digest = bytes.fromhex(name)
        except ValueError:
            digest = b""
        if len(digest) != _DIGEST:
            raise LedgerError(
                "the campaign in the ledger names a part that can be none"
            )
        octets = self.part(digest)
        if digest_of(octets) != digest:
            raise LedgerError(
                f"the part {name[:16]} of the campaign in the ledger is damaged;"
                " nothing of it is sent"
            )
        return octets


def content_of(
    letter: Declaration, options: Options, way: Way | Sequence[Way] | None = None
) -> Content:
    """A campaign as octets, its files read; whoever gets it is not in it.

    The same campaign is the same octets, wherever its files lie. A suppression list in
    `options` is open. Raises `ConfigurationError` for what cannot be written down.
    """
    ways = [way] if isinstance(way, Way) else way or ()
    parts: dict[bytes, bytes] = {}

    def put(octets: bytes) -> str:
        digest = digest_of(octets)
        parts[digest] = octets
        return digest.hex()

    values = {
        "letter": letters.values_of(letter, put),
        "sending": sending.values_of(options),
        "ways": [one.values for one in ways],
    }
    return Content(written(values), parts)


def read_content(manifest: bytes, part: Callable[[bytes], bytes]) -> Kept:
    """What was written. Raises `LedgerError` for everything else.

    `part` gives the octets with a SHA-256, as `Contents.part` does.
    """
    return Kept(read(manifest, _SHAPE), part)


def _taken(make: Callable[[], T]) -> T:
    """What was made of values; they were good when they were written down."""
    try:
        return make()
    except (ConfigurationError, LedgerError):
        raise
    except SafesendError as error:
        reason = str(error)
    raise LedgerError(f"the campaign in the ledger cannot be made: {reason}")
