"""The SPF record to publish in place of one that is not in order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network

import attrs

from safesend.preflight.spf_macros import IpAddress
from safesend.preflight.spf_record import Network, Result
from safesend.preflight.spf_survey import Branch, Survey

__all__ = ["COMFORTABLE", "PLACE", "VOIDS", "mended"]

COMFORTABLE = 7
"""Lookups at most: what is included may grow without asking us."""
VOIDS = 2
"""Names that have nothing; some receivers end there (RFC 7208 section 4.6.4)."""
PLACE = "RELAY"
"""Stands in a record where only the relay knows what belongs there."""


@attrs.frozen
class _Piece:
    """A text that goes into the record, and what it costs."""

    text: str
    branch: Branch

    @property
    def can_be_spelt(self) -> bool:
        """Whether its addresses can stand there in its place."""
        return self.branch.lookups > 0 and bool(self.branch.networks)

    def spelt(self) -> list[_Piece]:
        """Them, each of which costs nothing; none of them everybody."""
        networks = self.branch.networks or ()
        v4 = [one for one in networks if isinstance(one, IPv4Network)]
        v6 = [one for one in networks if isinstance(one, IPv6Network)]
        fewest: list[Network] = [*collapse_addresses(v4), *collapse_addresses(v6)]
        return [_spelt(one) for one in fewest if one.prefixlen]


def mended(
    found: Survey,
    *,
    shut_out: Sequence[IpAddress] = (),
    addresses: Sequence[IpAddress] = (),
    includes: Sequence[str] = (),
) -> str:
    """What is there, without its faults, and with what must be covered.

    `shut_out` is added ahead of all, `addresses` and `includes` where nothing that
    stays has them. It holds `PLACE` where nothing at all says who sends.
    """
    pieces = _light(_pieces(found))
    last = pieces[-1:] if pieces and pieces[-1].text.startswith("redirect=") else []
    pieces = pieces[: len(pieces) - len(last)]
    there = [*pieces, *last]
    missed = [*shut_out, *(one for one in addresses if not _has(there, one))]
    needed = [_spelt(ip_network(one)) for one in missed]
    names = {name for one in there for name in one.branch.names}
    needed += [
        _Piece(f"include:{one}", Branch()) for one in includes if one not in names
    ]
    if not needed and not there:
        needed = [_Piece(f"include:{PLACE}", Branch())]
    end = [_end(found)] if not last else []
    others = [text for record in found.records for text in record.others]
    texts = [one.text for one in [*needed, *pieces]]
    ends = [*end, *(one.text for one in last)]
    return " ".join(["v=spf1", *dict.fromkeys(texts), *ends, *dict.fromkeys(others)])


def _spelt(network: Network) -> _Piece:
    whole = network.prefixlen == network.max_prefixlen
    text = str(network.network_address if whole else network)
    return _Piece(f"ip{network.version}:{text}", Branch(networks=(network,)))


def _has(pieces: Iterable[_Piece], ip: IpAddress) -> bool:
    return any(ip in network for one in pieces for network in one.branch.networks or ())


def _pieces(found: Survey) -> list[_Piece]:
    """What may stay, each text once; a redirect is the last of them."""
    pieces: list[_Piece] = []
    for term, branch in [*found.branches, *found.meant]:
        pieces += _kept(term.text, branch) if term.name not in {"all", "ptr"} else []
    return [*_each_once(pieces), *_redirects(found)]


def _each_once(pieces: Iterable[_Piece]) -> list[_Piece]:
    return list({one.text.lower(): one for one in pieces}.values())


def _kept(text: str, branch: Branch) -> list[_Piece]:
    piece = _Piece(text, branch)
    if branch.faults:
        return []
    return piece.spelt() if branch.opened else [piece]


def _redirects(found: Survey) -> list[_Piece]:
    if found.redirect is None:
        return []
    [record] = found.records
    if found.redirect.end in {Result.FAIL, Result.SOFTFAIL}:
        return _kept(found.redirect.text, found.redirect)
    return _kept(f"include:{record.redirect}", found.redirect)


def _end(found: Survey) -> str:
    """`-all` where that is what everybody says; else the milder one.

    Where a redirect is written out, what stood at its end stands here.
    """
    terms = [term for record in found.records for term in [*record.read, *record.meant]]
    said = {term.result for term in terms if term.name == "all"}
    if found.redirect and found.redirect.end:
        said.add(found.redirect.end)
    return "-all" if said == {Result.FAIL} else "~all"


def _light(pieces: list[_Piece]) -> list[_Piece]:
    """Few enough lookups and names without anything: addresses in place of names.

    Own hosts come before what others include, and of these the dearest.
    """
    if _voids(pieces) > VOIDS:
        pieces = [one for one in pieces if one.branch.lookups != 1 or not _dead(one)]
    while _cost(pieces) > COMFORTABLE or _voids(pieces) > VOIDS:
        places = [place for place, one in enumerate(pieces) if one.can_be_spelt]
        if not places:
            break
        place = min(places, key=lambda place: _order(pieces[place], pieces))
        pieces[place : place + 1] = pieces[place].spelt()
    return _each_once(pieces)


def _order(piece: _Piece, pieces: Sequence[_Piece]) -> tuple[bool, bool, int]:
    relieves = _cost(pieces) > COMFORTABLE or _dead(piece)
    return not relieves, piece.branch.lookups > 1, -piece.branch.lookups


def _dead(piece: _Piece) -> bool:
    return bool(piece.branch.voids)


def _cost(pieces: Iterable[_Piece]) -> int:
    return sum(one.branch.lookups for one in pieces)


def _voids(pieces: Iterable[_Piece]) -> int:
    return sum(len(one.branch.voids) for one in pieces)
