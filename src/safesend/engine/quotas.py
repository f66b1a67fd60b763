"""How many messages each carrier still takes, as it said itself (pure)."""

from __future__ import annotations

import math
from collections.abc import Callable

import attrs

from safesend.transports.base import Informed, Limits, Transport

__all__ = ["Quotas", "asked"]


async def asked(transport: Transport) -> Limits | None:
    """What it allows: what it says when asked goes before what it says by itself."""
    if isinstance(transport, Informed):
        return await transport.inform()
    return transport.limits()


@attrs.define
class Quotas:
    """One count for each carrier that has a quota; `carrier_of` says whose a route is.

    A carrier is named by its label among several, or by its name where it is the only
    one.
    """

    carrier_of: Callable[[str], str]
    _left: dict[str, float] = attrs.field(factory=dict)

    def allow(self, carrier: str, quota: int | None) -> None:
        """So many messages more are taken; None: as many as there are."""
        if quota is None:
            self._left.pop(carrier, None)
        else:
            self._left[carrier] = quota

    def use_up(self, carrier: str) -> None:
        """It takes nothing more, whatever is given back, until it is asked again."""
        self._left[carrier] = -math.inf

    def has(self, route: str) -> bool:
        """Whether the carrier of a route takes one more."""
        return not self._left or self._left.get(self.carrier_of(route), 1) > 0

    def take(self, route: str) -> None:
        """One message counts as gone."""
        if self._left:
            self._count(route, -1)

    def give_back(self, route: str) -> None:
        """What was not taken leaves its place to another."""
        if self._left:
            self._count(route, 1)

    def used_up(self) -> list[str]:
        """The carriers that take nothing more."""
        return [carrier for carrier, left in self._left.items() if left <= 0]

    def refused(self, carrier: str) -> bool:
        """Whether its quota is used up by its own word, and not as it was counted."""
        return self._left.get(carrier) == -math.inf

    def _count(self, route: str, number: int) -> None:
        carrier = self.carrier_of(route)
        if carrier in self._left:
            self._left[carrier] += number
