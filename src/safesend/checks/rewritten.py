"""Addresses that people and mailers rewrite: spelt out, backwards, in a bounce."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from safesend.checks.spellings import known_top

__all__ = ["APART", "backwards", "bounced", "rotated", "spelt_out"]

APART = "written apart"
"""With spaces, comments or tags beside the at sign."""

_LABEL = r"(?>[^\W_](?:[\w\-]{0,62}))"
_DOMAIN = rf"{_LABEL}(?:\.{_LABEL}){{1,9}}"
_LOCAL = r"[\w.!#$&'*+/=?^`{|}~\-]{1,64}"
_OPEN, _CLOSE = r"[\[({<]\s{0,2}", r"\s{0,2}[\])}>]"
_DOT_WORD = rf"{_OPEN}(?i:dot|punkt|point|punto|\.){_CLOSE}"
_DOT = (
    rf"(?>\.|\s{{0,2}}{_DOT_WORD}\s{{0,2}}|\s{{1,2}}(?:DOT|PUNKT|[Dd]ot)\s{{1,2}}"
    r"|[\-_]dot[\-_])"
)
_SPELT_DOT = rf"(?!\.){_DOT}"
_SPELT = re.compile(
    r"(?<=\w)[\-_]at[\-_]((?>[A-Za-z0-9]{1,63})(?:[\-_]dot[\-_](?>[A-Za-z0-9]{1,63})){1,4})"
    rf"|(?:{_OPEN}(?i:at|\u00e4t|arroba|arobase|a|@){_CLOSE}|(?<=\s)AT(?=\s)"
    rf"|(?<=\w)[\-_]at[\-_])\s{{0,2}}({_LABEL}(?:{_DOT}{_LABEL}){{1,9}})"
    rf"|@({_LABEL}(?:\.{_LABEL}){{0,5}}(?:{_SPELT_DOT}{_LABEL}){{1,5}})"
)
# The same, cheaply and too widely: one class first.
_MAY_BE_SPELT = re.compile(
    r"[\[({<\-_A@](?:(?<=[\[({<])\s{0,2}(?i:at|\u00e4t|arroba|arobase|a|@|dot|punkt|point"
    r"|punto|\.)\s{0,2}[\])}>]|(?<=[\-_])at[\-_]|(?<=\sA)T\s"
    r"|(?<=@)[\w.\-]{1,80}(?:\s{1,2}(?:DOT|PUNKT|[Dd]ot)\s|(?<=[\-_])dot[\-_]))"
)
_DOTS = re.compile(_DOT)
_BEFORE = re.compile(rf"\s{{0,2}}({_LOCAL})")

_AT = re.compile(rf"@({_DOMAIN})")
_LAST = re.compile(r"[A-Za-z]+(?=[^A-Za-z]*$)")

# bob=example.org@lists.example (VERP), bob%example.org@relay (RFC 5321 appendix F.2 has
# its kin), bob_example.org#EXT#@tenant: the first three in one.
_BOUNCE = re.compile(rf"[=%#]({_DOMAIN})(?=[\w.+=#%\-]{{0,80}}@)")
_GUEST = re.compile(r"(?<=\w)#EXT#(?=@)", re.IGNORECASE)
_REWRITTEN = re.compile(
    rf"(?i:srs[01])[=+\-][\w+/.=\-]{{1,60}}?=({_DOMAIN})=({_LOCAL})@"
)
_PREFIX = re.compile(
    r"(?:[A-Za-z]{0,20}(?i:bounce|return|verp|error|owner|prvs|sentto|mailer|fbl|unsub)"
    r"[a-z]{0,10}\d{0,9}[\-+_.=]{1,2}|[0-9][0-9a-f]{0,40}[\-+_.=]|[0-9a-f]{8,40}[\-+_.=]){1,6}"
)
_NEAR = 100


def spelt_out(text: str) -> Iterator[tuple[str, int]]:
    """As in ada [at] example (dot) org; "AT" by itself in capitals only."""
    if not _MAY_BE_SPELT.search(text):
        return
    for hit in _SPELT.finditer(text):
        at = hit.start()
        domain = _DOTS.sub(".", hit[hit.lastindex or 0])
        local = _before(_DOTS.sub(".", text[max(0, at - _NEAR) : at]))
        # value_at_impl.hpp is the name of a file.
        if local and (text[at] not in "-_" or _ends_like_a_domain(domain)):
            yield f"{local}@{domain}", at


def backwards(text: str) -> Iterator[tuple[str, int]]:
    """As in gro.elpmaxe@ada, when the text after the at sign is no domain."""
    turned = text[::-1]
    for hit in _AT.finditer(turned):
        if not _ends_like_a_domain(hit[1]):
            continue
        at = len(text) - 1 - hit.start()
        forward = _AT.match(text, at)
        local = _before(turned[max(0, hit.start() - _NEAR) : hit.start()])
        if local and not (forward and _ends_like_a_domain(forward[1])):
            yield f"{local}@{hit[1]}", at


def rotated(text: str) -> Iterator[tuple[str, int]]:
    """As in nqn@rknzcyr.bet, when only the rotated text ends like a domain."""
    for hit in _AT.finditer(text):
        domain = codecs.encode(hit[1], "rot13")
        if _ends_like_a_domain(domain) and not _ends_like_a_domain(hit[1]):
            local = _before(text[max(0, hit.start() - _NEAR) : hit.start()])
            if local:
                yield f"{codecs.encode(local, 'rot13')}@{domain}", hit.start()


def bounced(text: str) -> Iterator[tuple[str, int]]:
    """As in bob=example.org@lists.example: a mailer's note of whom a mail was for."""
    for hit in _BOUNCE.finditer(text):
        local = _before(text[max(0, hit.start() - _NEAR) : hit.start()])
        if local:
            yield f"{local}@{hit[1]}", hit.start()
            prefix = _PREFIX.match(local)
            rest = local[prefix.end() :] if prefix else ""
            for tail in dict.fromkeys((rest, local.partition("+")[2])):
                if tail:
                    yield f"{tail}@{hit[1]}", hit.start()
    for hit in _REWRITTEN.finditer(text):
        yield f"{hit[2]}@{hit[1]}", hit.start()
    for hit in _GUEST.finditer(text):
        name = _before(text[max(0, hit.start() - _NEAR) : hit.start()])
        local, _, domain = name.rpartition("_")
        yield f"{local}@{domain}", hit.start()


def _before(window: str) -> str:
    found = _BEFORE.match(window[::-1])
    return found[1][::-1] if found else ""


def _ends_like_a_domain(text: str) -> bool:
    last = text.rpartition(".")[2]
    return known_top(last.lower())
