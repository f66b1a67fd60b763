"""Several carriers for one mailing: the next where one is down, or a share for each.

    failover(a, b)           a takes everything; b what a cannot take now
    weighted({a: 3, b: 1})   a takes three of four messages; who is down is stood in for

This module knows only the order in which carriers are asked. Which of them is in order
the engine judges, from what their servers say: see `safesend.engine.switchboard`.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Self

import attrs

from safesend.errors import ConfigurationError
from safesend.message.envelope import Envelope
from safesend.redaction import Secret
from safesend.transports.base import (
    Careful,
    Limits,
    Navigator,
    Probing,
    Session,
    Transport,
)

if TYPE_CHECKING:
    from safesend.smtp.seen import ServerSeen

__all__ = ["Failover", "failover", "weighted"]

_BETWEEN = " > "
"""Stands between a carrier's label and its own route, where it has several."""

_WEIGHED = re.compile(r"(\d+(?:\.\d+)?)\*(.+)", re.DOTALL)
_LEAST = 2


def failover(*carriers: Transport | str) -> Failover:
    """The first of the carriers that is in order; values or URLs, in that order.

    Only what is proven not sent goes to the next one. Raises `ConfigurationError`.
    """
    return Failover(tuple(_opened(one) for one in carriers))


def weighted(carriers: Mapping[Transport | str, float]) -> Failover:
    """Carriers with the share of the messages that each of them takes.

    `{a: 3, b: 1}`: b takes one message of four. The same message goes to the same
    carrier at every try, as long as that is in order. Raises `ConfigurationError`.
    """
    if not isinstance(carriers, Mapping):
        raise ConfigurationError("weighted() takes carriers with weights: {a: 3, b: 1}")
    opened = tuple(_opened(one) for one in carriers)
    return Failover(opened, tuple(carriers.values()))


def _opened(carrier: Transport | str) -> Transport:
    if isinstance(carrier, str):
        return _named(carrier)
    if not isinstance(carrier, Transport):
        raise ConfigurationError(
            f"{type(carrier).__name__} is no carrier: give transports, or their URLs"
        )
    return carrier


@attrs.frozen
class Failover:
    """Several carriers that stand in for each other; see `failover` and `weighted`.

    Each has routes of its own, so that windows, pauses and rates are its own as well.
    Members may be of this kind themselves.
    """

    members: tuple[Transport, ...]
    weights: tuple[float, ...] | None = None
    """One for each member: the shares they take; None: the first that is in order."""
    _carriers: Mapping[str, Transport] = attrs.field(init=False, repr=False, eq=False)
    _labels: Mapping[tuple[int, ...], str] = attrs.field(
        init=False, repr=False, eq=False
    )

    def __attrs_post_init__(self) -> None:
        if len(self.members) < _LEAST:
            raise ConfigurationError("it takes two carriers for one to stand in")
        _check_weights(self.weights, len(self.members))
        carriers: dict[str, Transport] = {}
        labels: dict[tuple[int, ...], str] = {}
        for path, carrier in _leaves(self):
            label = labels[path] = _free_label(carrier.name, carriers)
            carriers[label] = carrier
        object.__setattr__(self, "_carriers", carriers)
        object.__setattr__(self, "_labels", labels)

    @classmethod
    def from_url(cls, url: str, *, password: str | Secret | None = None) -> Self:
        """`failover:smtp://a:587 smtp://b:587`, `weighted:3*smtp://a 1*smtp://b`.

        A password goes to the one member whose URL names a user. Raises
        `ConfigurationError`.
        """
        scheme, _, rest = url.partition(":")
        if scheme == "failover":
            return cls(_open_all(rest.split(), password))
        found = [_WEIGHED.fullmatch(one) for one in rest.split()]
        if not all(found):
            raise ConfigurationError(
                "weighted: takes weights with URLs: weighted:3*smtp://a 1*smtp://b"
            )
        pairs = [(float(one[1]), one[2]) for one in found if one]
        weights = tuple(weight for weight, _ in pairs)
        return cls(_open_all([url for _, url in pairs], password), weights)

    @property
    def name(self) -> str:
        """Where it leads: the names of all members."""
        if self.weights is None:
            return f"failover({', '.join(one.name for one in self.members)})"
        shown = (
            f"{one.name}: {weight:g}"
            for one, weight in zip(self.members, self.weights, strict=True)
        )
        return f"weighted({', '.join(shown)})"

    @property
    def carriers(self) -> Mapping[str, Transport]:
        """Those that carry, by the label that their routes begin with."""
        return self._carriers

    def ways(self, envelope: Envelope) -> Sequence[str]:
        """The routes by which it may go, the one it should take first."""
        return [
            self._route(self._labels[path], envelope)
            for path in _order(self, envelope.message_id)
        ]

    def carrier_of(self, route: str) -> str:
        """The label of the carrier that a route belongs to."""
        return self._parted(route)[0]

    def route(self, envelope: Envelope) -> str:
        """The first of its ways."""
        return self.ways(envelope)[0]

    async def connect(self, route: str) -> Session:
        """A session of the carrier whose route it is."""
        label, own = self._parted(route)
        carrier = self._carriers[label]
        return await carrier.connect(own or carrier.name)

    def most_sessions(self, route: str) -> int | None:
        """As many as the carrier whose route it is says; None where it is nobody's."""
        label, own = self._parted(route)
        carrier = self._carriers.get(label)
        if not own or not isinstance(carrier, Careful):
            return None
        return carrier.most_sessions(own)

    def limits(self) -> Limits | None:
        """What all of them have in common.

        A header by which a message is known again, where each of them knows the same.
        What one of them allows holds for its own routes, and the engine asks it.
        """
        known = [_known(one) for one in self._carriers.values()]
        told = [one for one in known if one is not None]
        if len(told) < len(known) or len({name for name, _ in told}) != 1:
            return None
        return Limits(idempotency=(told[0][0], min(time for _, time in told)))

    async def look_up(self, envelopes: Sequence[Envelope]) -> None:
        """Each member that has to find out where messages go does so."""
        for carrier in self._carriers.values():
            if isinstance(carrier, Navigator):
                await carrier.look_up(envelopes)

    async def probe(self) -> Sequence[ServerSeen]:
        """What each of its carriers sees of its server, as far as it can look."""
        looks = [c.probe() for c in self._carriers.values() if isinstance(c, Probing)]
        return [seen for found in await asyncio.gather(*looks) for seen in found]

    def _parted(self, route: str) -> tuple[str, str]:
        """The label of a carrier, which may be any path, and its own route."""
        if route in self._carriers:
            return route, ""
        begun = [one for one in self._carriers if route.startswith(one + _BETWEEN)]
        label = max(begun, key=len, default=route)
        return label, route[len(label + _BETWEEN) :]

    def _route(self, label: str, envelope: Envelope) -> str:
        carrier = self._carriers[label]
        own = carrier.route(envelope)
        return label if own == carrier.name else f"{label}{_BETWEEN}{own}"


def _known(carrier: Transport) -> tuple[str, float] | None:
    limits = carrier.limits()
    return None if limits is None else limits.idempotency


def _leaves(
    node: Failover, above: tuple[int, ...] = ()
) -> Iterator[tuple[tuple[int, ...], Transport]]:
    for number, member in enumerate(node.members):
        path = (*above, number)
        if isinstance(member, Failover):
            yield from _leaves(member, path)
        else:
            yield path, member


def _order(
    node: Failover, message_id: str, above: tuple[int, ...] = ()
) -> Iterator[tuple[int, ...]]:
    """The leaves in the order in which this message tries them."""
    numbers = range(len(node.members))
    weights = node.weights
    for number in numbers if weights is None else _drawn(weights, message_id, above):
        member, path = node.members[number], (*above, number)
        if isinstance(member, Failover):
            yield from _order(member, message_id, path)
        else:
            yield path


def _drawn(
    weights: Sequence[float], message_id: str, above: tuple[int, ...]
) -> list[int]:
    """Weighted rendezvous hashing: an order of its own for each message.

    Whoever is left out, the others keep their shares among themselves. The id of a
    message is one of its row, the same at every try.
    """

    def score(number: int) -> float:
        drawn = f"{message_id} {(*above, number)}".encode()
        octets = hashlib.blake2b(drawn, digest_size=8).digest()
        # In (0, 1): an exponential variable of that rate, whose least is drawn.
        return -math.log((int.from_bytes(octets) + 0.5) / 2**64) / weights[number]

    return sorted(range(len(weights)), key=score)


def _check_weights(weights: tuple[float, ...] | None, count: int) -> None:
    if weights is None:
        return
    fit = all(
        type(one) in {int, float} and one > 0 and math.isfinite(one) for one in weights
    )
    if not fit or len(weights) != count:
        raise ConfigurationError("a weight is a number above 0: weighted({a: 3, b: 1})")


def _free_label(name: str, taken: Mapping[str, Transport]) -> str:
    label, number = name, 1
    while label in taken:
        number += 1
        label = f"{name} ({number})"
    return label


def _open_all(
    urls: Sequence[str], password: str | Secret | None
) -> tuple[Transport, ...]:
    named = [url for url in urls if "@" in url.partition("//")[2].partition("/")[0]]
    if password is not None and len(named) != 1:
        raise ConfigurationError(
            "one password cannot be for several carriers: open each with its own, and"
            " put them together with failover(...) or weighted(...)"
        )
    return tuple(
        _named(url, password=password if url in named else None) for url in urls
    )


def _named(url: str, *, password: str | Secret | None = None) -> Transport:
    # By name: the table of all carriers has this one in it.
    table = importlib.import_module("safesend.transports")
    opened: Transport = table.open_transport(url, password=password)
    return opened
