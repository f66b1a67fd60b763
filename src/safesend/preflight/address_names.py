"""P6: what the names of an address, and of EHLO, say of who sends (pure)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs

from safesend.preflight.record import Record, advice
from safesend.preflight.report import Finding, Grade

__all__ = [
    "Listing",
    "NamedAddress",
    "is_generic",
    "is_inside",
    "judge_address",
    "judge_helo",
    "judge_listings",
]

_CHECK = "P6"
_INSIDE = tuple(
    ipaddress.ip_network(net)
    for net in (
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)
"""Addresses that nobody outside can see (RFC 1918, 6598, 1122, 3927, 4193, 4291)."""
_DIAL_UP = re.compile(
    r"(?:^|[.-])(?:adsl|broadband|dhcp|dial-?up|dsl|dyn|dynamic|dynip|pool|ppp"
    r"|unassigned|vdsl)[0-9]*(?=[.-])"
)
_REFUSE = "large providers refuse mail from it"
_REFUSED = ipaddress.ip_network("127.255.255.0/24")
"""By which lists say that they do not answer this resolver, and nothing of a name."""
_LISTED = ipaddress.ip_network("127.0.0.0/8")


@attrs.frozen
class NamedAddress:
    """An address of ours: the names that its PTR has, each with its own addresses."""

    address: str
    names: Mapping[str, tuple[str, ...]]

    @property
    def confirmed(self) -> list[str]:
        """The names that lead back to it."""
        own = ipaddress.ip_address(self.address)
        return [
            name
            for name, back in self.names.items()
            if own in map(ipaddress.ip_address, back)
        ]


@attrs.frozen
class Listing:
    """What a block list says of an address; None: nobody could tell."""

    address: str
    zone: str
    answers: tuple[str, ...] | None
    texts: tuple[str, ...] = ()


def is_generic(name: str, address: str) -> bool:
    """Whether a name looks like one of very many, given by rule to every address.

    The parts of the address stand in it, or a word for lines that people dial in by.
    """
    host = name.lower().rstrip(".")
    if _DIAL_UP.search("".join(f"{label}." for label in host.split(".")[:-2])):
        return True
    own = ipaddress.ip_address(address)
    if own.version == 6:  # noqa: PLR2004
        bare = re.sub(r"[^0-9a-f]", "", host)
        return own.exploded.replace(":", "")[-16:] in bare
    parts = str(own).split(".")
    digits = re.findall(r"[0-9]+", host)
    padded = "".join(part.zfill(3) for part in parts)
    hexed = "".join(f"{int(part):02x}" for part in parts)
    if padded in digits or re.search(rf"(?<![0-9a-z]){hexed}(?![0-9a-z])", host):
        return True
    found = [str(int(one)) for one in digits]
    return any(_in_turn(order, found) for order in (parts[-3:], parts[::-1][:3]))


def _in_turn(wanted: Sequence[str], found: Sequence[str]) -> bool:
    """Whether these numbers stand in a row in the name."""
    size = len(wanted)
    return any(
        list(wanted) == list(found[at : at + size])
        for at in range(len(found) - size + 1)
    )


def is_inside(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether nobody outside can see it, so that it is not where mail comes from."""
    return any(address in net for net in _INSIDE if net.version == address.version)


def judge_address(named: NamedAddress, name: str) -> Finding:
    """FCrDNS: a name, and the same address under it. `name` is one that would do.

    Gmail (550 5.7.25), Yahoo, Outlook and iCloud ask for it.
    """
    own = ipaddress.ip_address(named.address)
    whole = advice(
        [Record(own.reverse_pointer, "PTR", f"{name}."), _forward(name, named.address)]
    )
    if is_inside(own):
        reason = "this address is one inside of a network; others see another one"
        publish = "name the address that others see (--address 203.0.113.25)"
        return _ptr(named, Grade.UNKNOWN, reason, publish)
    if not named.names:
        reason = f"the address has no name (no PTR record): {_REFUSE}"
        return _ptr(named, Grade.FAIL, reason, whole)
    if not named.confirmed:
        reason = f"no name of the address leads back to it: {_REFUSE}"
        back = _forward(next(iter(named.names)), named.address)
        return _ptr(named, Grade.FAIL, reason, str(back))
    if all(is_generic(one, named.address) for one in named.confirmed):
        reason = (
            "the name of the address looks like one of very many that a network gives"
            " to its customers; mail servers have names of their own"
        )
        return _ptr(named, Grade.WARN, reason, whole)
    return _ptr(named, Grade.PASS, "the address has a name that leads back to it")


def _ptr(named: NamedAddress, grade: Grade, reason: str, publish: str = "") -> Finding:
    return Finding(
        check=_CHECK,
        what="PTR",
        about=named.address,
        grade=grade,
        reason=reason,
        seen=tuple(
            f"{name} ({', '.join(back) or 'no address'})"
            for name, back in named.names.items()
        ),
        publish=publish,
    )


def _forward(name: str, address: str) -> Record:
    return Record(name, "AAAA" if ":" in address else "A", address)


def judge_helo(helo: str, found: Sequence[str], addresses: Sequence[str]) -> Finding:
    """RFC 5321 section 4.1.4: the name in EHLO is one that can be resolved."""
    ours = set(map(ipaddress.ip_address, addresses))
    lines = advice(_forward(helo, one) for one in addresses)
    example = f"{helo}. IN A, and the address of this machine"
    grade, publish = Grade.FAIL, lines or example
    if not found:
        reason = "the name that is said in EHLO has no address: mail is refused"
    elif ours and ours.isdisjoint(map(ipaddress.ip_address, found)):
        reason = "the name that is said in EHLO leads to other addresses than ours"
    else:
        grade, publish = Grade.PASS, ""
        reason = "the name that is said in EHLO leads to an address of ours"
        if not ours:
            reason = "the name that is said in EHLO has an address"
    return Finding(
        check=_CHECK,
        what="EHLO",
        about=helo,
        grade=grade,
        reason=reason,
        seen=tuple(found),
        publish=publish,
    )


def judge_listings(listings: Iterable[Listing]) -> Iterator[Finding]:
    """One finding for each list and address."""
    for listing in listings:
        grade, reason, publish = _listed(listing)
        yield Finding(
            check=_CHECK,
            what="Block list",
            about=f"{listing.address} in {listing.zone}",
            grade=grade,
            reason=reason,
            seen=(*(listing.answers or ()), *listing.texts),
            publish=publish,
        )


def _listed(listing: Listing) -> tuple[Grade, str, str]:
    answers = [ipaddress.ip_address(one) for one in listing.answers or ()]
    refused = any(one in _REFUSED or one not in _LISTED for one in answers)
    if listing.answers is None or refused:
        reason = "the block list does not tell: it does not answer this nameserver"
        publish = "ask through a nameserver of your own; lists refuse the public ones"
        return Grade.UNKNOWN, reason, publish
    if answers:
        reason = "it is on the block list: servers that use the list refuse mail"
        publish = "find out why on the list's pages, mend it, and ask to be taken off"
        return Grade.WARN, reason, publish
    return Grade.PASS, "it is not on the block list", ""
