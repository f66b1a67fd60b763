"""A list is read once to know who is in it: addresses, values of one row, digests."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

import attrs

from safesend.checks.addresses import keys_of
from safesend.checks.canaries import Canaries
from safesend.checks.circle import Circle
from safesend.checks.digests import digest_runs, digests_of
from safesend.checks.impersonal import FREE_MAIL
from safesend.checks.people import People
from safesend.errors import AudienceError, ConfigurationError
from safesend.message.address import Address
from safesend.message.number_table import NumberTable
from safesend.message.recipient import Recipient
from safesend.redaction import mask_text

__all__ = ["gather", "good_rows"]

_HEAD = 100
_OWN = "address"
_TELL_EVERY = 500


def gather(
    audience: Iterable[Recipient],
    senders: Sequence[Address],
    *,
    public: Sequence[Address] = (),
    phrases: Iterable[str] = (),
    private: Collection[str] = (),
    named: Collection[str] = (),
    texts: Iterable[str] = (),
    known: Callable[[str], bool] | None = None,
    tell: Callable[[int], None] = lambda _: None,
) -> Circle:
    """Everybody of a mailing, by one pass over its list.

    `senders` and `public` are those whose addresses everybody may see; the domains of
    the senders are their own. `phrases` are what else may stand anywhere, `private` the
    columns whose values count from three letters and digits on, `named` others that
    must be there (`ConfigurationError` if none of the first rows has one of these; the
    own address is "address"), `texts` what all messages share:
    digests of addresses are kept only where something in it, or in the first rows,
    looks like one. `known` is asked for addresses that are in no row; `tell` hears how
    many rows were read, every now and then. Raises what the list raises.
    """
    open_to_all = [*senders, *public]
    known_to_all = [*phrases, *(address.wire for address in open_to_all)]
    known_to_all += [address.name for address in open_to_all if address.name]
    people, canaries = People(known), Canaries(private, known_to_all)
    rows = iter(audience)
    head = list(itertools.islice(rows, _HEAD))
    _check_columns(head, "private", private)
    _check_columns(head, "verify", [name for name in named if name != _OWN])
    hashes = _Hashes.of(_lengths(itertools.chain(texts, _values(head))))
    for recipient in itertools.chain(head, rows):
        ordinal = people.add(recipient)
        canaries.add(recipient.fields, ordinal, recipient.address.normalised)
        if hashes is not None:
            hashes.add(recipient.address, ordinal)
        if not ordinal % _TELL_EVERY:
            tell(ordinal)
    return Circle(
        people=people,
        canaries=canaries,
        allowed=frozenset(key for one in open_to_all for key in keys_of(one)),
        domains=frozenset(address.domain for address in senders) - FREE_MAIL,
        hashes=None if hashes is None else hashes.table,
    )


def _check_columns(head: list[Recipient], told: str, columns: Iterable[str]) -> None:
    known = {name: None for recipient in head for name in recipient.fields}
    for column in columns:
        if head and column not in known:
            listed = ", ".join(repr(mask_text(name)) for name in list(known)[:20])
            raise ConfigurationError(
                f"{told} names the column {mask_text(column)!r}, which the list does"
                f" not have; it has {listed or 'no columns but the address'}"
            )


def good_rows(audience: Iterable[Recipient]) -> Iterator[Recipient]:
    """The rows of a list that is read once more, which then tells what is wrong."""
    rows = iter(audience)
    while True:
        try:
            recipient = next(rows, None)
        except AudienceError:
            return
        if recipient is None:
            return
        yield recipient


@attrs.frozen
class _Hashes:
    """The digests of all addresses, of the lengths that the mailing shows any of."""

    lengths: frozenset[int]
    table: NumberTable = attrs.field(factory=NumberTable)

    @classmethod
    def of(cls, lengths: frozenset[int]) -> _Hashes | None:
        return cls(lengths) if lengths else None

    def add(self, address: Address, ordinal: int) -> None:
        for digest in digests_of(address):
            if len(digest) in self.lengths:
                self.table.setdefault(int(digest[:16], 16), ordinal)


def _values(rows: Iterable[Recipient]) -> Iterator[str]:
    for recipient in rows:
        yield from (text for text in recipient.fields.values() if type(text) is str)


def _lengths(texts: Iterable[str]) -> frozenset[int]:
    return frozenset(len(run) for text in texts for run, _ in digest_runs(text))
