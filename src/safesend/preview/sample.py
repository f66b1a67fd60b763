"""Which rows of a list are looked at: few, and those in which letters differ most.

The list is walked once, however long it is, and only what may be chosen is kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

import attrs

from safesend.message.recipient import Recipient
from safesend.policies.providers import Providers, builtin
from safesend.preview.unusual import KINDS, texts, unusual

__all__ = ["Made", "Pick", "Sample", "choose"]

_MOST_PROVIDERS = 12
_MOST_FLAGGED = 5
_LONG_VALUE = 60

Made = tuple[Recipient, int | None]
"""A row, and how long its letter is; None where it cannot be made."""


@attrs.frozen
class Pick:
    """A row that was chosen: its place in the list, from 0, and why, in plain words."""

    recipient: Recipient
    ordinal: int
    reasons: tuple[str, ...]


@attrs.frozen
class Sample:
    """The chosen rows in the order of the list, of `rows` in all.

    `matched` rows hold what was searched for.
    """

    picks: tuple[Pick, ...]
    rows: int = 0
    matched: int = 0


_Candidate = tuple[int, Recipient]


@attrs.define
class _Extreme:
    """The first row with the least, or the most, of something."""

    sign: int
    value: int | None = None
    row: _Candidate | None = None

    def take(self, value: int, row: _Candidate) -> None:
        if self.value is None or self.sign * value > self.sign * self.value:
            self.value, self.row = value, row


@attrs.define
class _Spread:
    """Rows at even distances, between `most` and twice as many of a longer list."""

    most: int
    step: int = 1
    rows: list[_Candidate] = attrs.field(factory=list)

    def take(self, row: _Candidate) -> None:
        if row[0] % self.step:
            return
        self.rows.append(row)
        if len(self.rows) > 2 * self.most:
            self.rows = self.rows[::2]
            self.step *= 2


@attrs.define
class _Sampler:
    """What was seen so far of a list, as far as it may be chosen."""

    limit: int
    search: Sequence[str]
    flagged: Collection[str]
    providers: Providers
    rows: int = 0
    matched: int = 0
    found: list[tuple[str, _Candidate]] = attrs.field(factory=list)
    ends: list[_Candidate] = attrs.field(factory=list)
    longest: _Extreme = attrs.field(factory=lambda: _Extreme(+1))
    shortest: _Extreme = attrs.field(factory=lambda: _Extreme(-1))
    widest: _Extreme = attrs.field(factory=lambda: _Extreme(+1))
    bad: list[_Candidate] = attrs.field(factory=list)
    unmade: list[_Candidate] = attrs.field(factory=list)
    kinds: dict[str, _Candidate] = attrs.field(factory=dict)
    hosts: dict[str, _Candidate] = attrs.field(factory=dict)
    spread: _Spread = attrs.field(init=False)
    _wanted: set[str] = attrs.field(factory=lambda: set(KINDS))

    def __attrs_post_init__(self) -> None:
        self.spread = _Spread(self.limit)

    def take(self, recipient: Recipient, length: int | None) -> None:
        row = (self.rows, recipient)
        self.rows += 1
        self.ends[1:] = [row]
        self.spread.take(row)
        if length is None:
            self.unmade = self.unmade or [row]
        else:
            self.longest.take(length, row)
            self.shortest.take(length, row)
        if recipient.source in self.flagged and len(self.bad) < _MOST_FLAGGED:
            self.bad.append(row)
        self._take_values(recipient, row)
        self._take_provider(recipient, row)

    def _take_values(self, recipient: Recipient, row: _Candidate) -> None:
        values = [text for value in recipient.fields.values() for text in texts(value)]
        if values:
            self.widest.take(max(map(len, values)), row)
        joined = "\n".join(values)
        for kind in unusual(recipient, joined, self._wanted):
            self.kinds[kind] = row
            self._wanted.discard(kind)
        if self.search:
            self._take_found(f"{recipient.address.wire}\n{joined}".casefold(), row)

    def _take_found(self, text: str, row: _Candidate) -> None:
        hits = [wanted for wanted in self.search if wanted.casefold() in text]
        self.matched += bool(hits)
        if hits and len(self.found) < self.limit:
            self.found.append((f"holds “{hits[0]}”", row))

    def _take_provider(self, recipient: Recipient, row: _Candidate) -> None:
        name = self.providers.of(recipient.address.domain)
        if name in self.hosts:
            return
        if name in self.providers.names or len(self.hosts) < _MOST_PROVIDERS:
            self.hosts[name] = row

    def reasons(self) -> Iterator[tuple[str, _Candidate]]:
        """Why which row is chosen, the most wanted first."""
        yield from self.found
        yield from zip(("the first of the list", "the last"), self.ends, strict=False)
        if self.longest.value != self.shortest.value:
            for name, extreme in ("longest", self.longest), ("shortest", self.shortest):
                assert extreme.row is not None
                yield f"the {name} letter", extreme.row
        yield from (("the checks found something", row) for row in self.bad)
        yield from (("cannot be made", row) for row in self.unmade)
        yield from ((kind, self.kinds[kind]) for kind in KINDS if kind in self.kinds)
        if self.widest.row is not None and (self.widest.value or 0) >= _LONG_VALUE:
            yield "the longest value of a field", self.widest.row
        # Those with a name come before domains that are their own provider.
        hosts = sorted(self.hosts, key=lambda name: name not in self.providers.names)
        for name in hosts[:_MOST_PROVIDERS]:
            yield f"a mailbox at {name}", self.hosts[name]


def choose(
    rows: Iterable[Made],
    *,
    limit: int,
    search: Sequence[str] = (),
    flagged: Collection[str] = (),
    providers: Providers | None = None,
) -> Sample:
    """Choose at most `limit` rows.

    First what holds a text of `search` (in its address or a field, in capitals or not),
    then the ends of the list and of the lengths, rows whose `source` is `flagged`, each
    kind of unusual characters, one mailbox of each provider, and others at even
    distances.
    """
    sampler = _Sampler(limit, search, flagged, providers or builtin())
    for recipient, length in rows:
        sampler.take(recipient, length)
    chosen: dict[int, tuple[Recipient, list[str]]] = {}
    for reason, (ordinal, recipient) in sampler.reasons():
        if ordinal in chosen:
            chosen[ordinal][1].append(reason)
        elif len(chosen) < limit:
            chosen[ordinal] = recipient, [reason]
    others = [row for row in sampler.spread.rows if row[0] not in chosen]
    for ordinal, recipient in _evenly(others, limit - len(chosen)):
        chosen[ordinal] = recipient, ["one of several at even distances"]
    picks = [
        Pick(chosen[ordinal][0], ordinal, tuple(chosen[ordinal][1]))
        for ordinal in sorted(chosen)
    ]
    return Sample(tuple(picks), sampler.rows, sampler.matched)


def _evenly(rows: Sequence[_Candidate], number: int) -> Iterator[_Candidate]:
    if len(rows) <= number:
        yield from rows
        return
    for place in range(number):
        yield rows[place * len(rows) // number]
