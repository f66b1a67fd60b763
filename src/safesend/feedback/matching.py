"""Which rows news is about: one pass over each campaign for a batch of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import attrs

from safesend.feedback.news import Mark, News
from safesend.message.identity import CampaignKey, RowDigest

__all__ = ["Search"]


class _Wish(NamedTuple):
    """A key of one news: how many stand before it, and which news."""

    rank: int
    news: int


class _Place(NamedTuple):
    rank: int
    campaign: int
    row: int


@attrs.define
class Search:
    """The rows that a batch of news is about, as they are found.

    Where the keys of one news are those of several rows, the first key counts.
    """

    news: Sequence[News]
    _wanted: dict[Mark, dict[bytes, list[_Wish]]] = attrs.field(
        init=False, factory=dict
    )
    _found: dict[int, _Place] = attrs.field(init=False, factory=dict)
    _open: int = attrs.field(init=False)
    """News of which a better key than any that was found may be met yet."""

    def __attrs_post_init__(self) -> None:
        self._open = len(self.news)
        for number, one in enumerate(self.news):
            for rank, (mark, octets) in enumerate(one.keys):
                wishes = self._wanted.setdefault(mark, {}).setdefault(octets, [])
                wishes.append(_Wish(rank, number))

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to look for."""
        return not self._open

    def go_over(
        self,
        campaign: int,
        key: CampaignKey,
        pages: Iterable[Sequence[tuple[int, RowDigest]]],
    ) -> None:
        """Look at all rows of a campaign, or until everything is found."""
        makers = [(_maker(mark, key), ids) for mark, ids in self._wanted.items()]
        for page in pages:
            for row, digest in page:
                for make, ids in makers:
                    if (octets := make(digest)) in ids:
                        self._meet(ids[octets], campaign, row)
            if self.is_over:
                return

    def rows(self, campaign: int) -> dict[int, list[News]]:
        """The rows of a campaign of which there is news."""
        rows: dict[int, list[News]] = {}
        for number, place in self._found.items():
            if place.campaign == campaign:
                rows.setdefault(place.row, []).append(self.news[number])
        return rows

    def _meet(self, wishes: Iterable[_Wish], campaign: int, row: int) -> None:
        for rank, number in wishes:
            known = self._found.get(number)
            if known is None or rank < known.rank:
                self._found[number] = _Place(rank, campaign, row)
                self._open -= rank == 0


def _maker(mark: Mark, key: CampaignKey) -> Callable[[RowDigest], bytes]:
    if mark is Mark.BOUNCE:
        return lambda digest: bytes.fromhex(key.bounce(digest))
    return key.opaque_id
