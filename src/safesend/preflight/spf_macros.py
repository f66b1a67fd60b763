"""Macros of SPF (RFC 7208 section 7), as far as a domain is found by them."""

from __future__ import annotations

import ipaddress
import re
from typing import TypeAlias
from urllib.parse import quote

import attrs

__all__ = [
    "IpAddress",
    "Sender",
    "depends_on_mail",
    "expand",
    "is_domain_spec",
    "is_macro_string",
]

IpAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

_EXPAND = r"%\{([slodiphv])([1-9][0-9]{0,2})?(r?)([.+,/_=-]*)\}"
_MACRO = re.compile(rf"{_EXPAND}|%([%_-])", re.IGNORECASE)
_LITERAL = r"[!-$&-~]"
_STRING = re.compile(
    rf"(?:{_LITERAL}|%\{{[slodiphcrtv](?:[1-9][0-9]{{0,2}})?r?[.+,/_=-]*\}}|%[%_-])*",
    re.IGNORECASE,
)
_SPEC = re.compile(
    rf"(?:{_LITERAL}|{_EXPAND}|%[%_-])*?(?:{_EXPAND}|"
    r"\.(?=[a-z0-9-]*[a-z-])[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.?)",
    re.IGNORECASE,
)
_ESCAPES = {"%": "%", "_": " ", "-": "%20"}
_LONGEST = 253
"""Octets of a name (section 7.3); labels on the left are left out."""


@attrs.frozen(kw_only=True)
class Sender:
    """Who sends: the domain of MAIL FROM, the address, and the name said in HELO.

    No person's address goes into a question to DNS: the part before the @ is the one
    that section 4.3 gives to those who have none.
    """

    domain: str
    ip: IpAddress
    helo: str
    local: str = "postmaster"


def is_macro_string(text: str) -> bool:
    """Whether it can be expanded (section 7.1)."""
    return _STRING.fullmatch(text) is not None


def is_domain_spec(text: str) -> bool:
    """Whether it names a domain, perhaps by macros."""
    return _SPEC.fullmatch(text) is not None


def depends_on_mail(text: str) -> bool:
    """Whether another address or sender makes another name of it."""
    return any(found[1] and found[1].lower() not in "do" for found in _found(text))


def _found(text: str) -> list[re.Match[str]]:
    return list(_MACRO.finditer(text))


def expand(text: str, domain: str, sender: Sender | None) -> str:
    """The name; `domain` is that of the record. Without a sender, `%{o}` is it too."""

    def put(found: re.Match[str]) -> str:
        if found[1] is None:
            return _ESCAPES[found[5]]
        value = _value(found[1].lower(), domain, sender)
        parts = re.split(f"[{re.escape(found[4] or '.')}]", value)
        parts = parts[::-1] if found[3] else parts
        kept = ".".join(parts[-int(found[2]) :] if found[2] else parts)
        return quote(kept, safe="") if found[1].isupper() else kept

    name = _MACRO.sub(put, text).removesuffix(".").lower()
    while len(name) > _LONGEST and "." in name:
        name = name.partition(".")[2]
    return name


def _value(letter: str, domain: str, sender: Sender | None) -> str:
    if letter == "d" or sender is None:
        return domain
    return {
        "s": f"{sender.local}@{sender.domain}",
        "l": sender.local,
        "o": sender.domain,
        "i": _dotted(sender.ip),
        "p": "unknown",  # section 7.3: it may be left unknown, and should not be used
        "h": sender.helo,
        "v": "in-addr" if sender.ip.version == _IPV4 else "ip6",
    }[letter]


_IPV4 = 4


def _dotted(ip: IpAddress) -> str:
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    return ".".join(ip.exploded.replace(":", ""))
