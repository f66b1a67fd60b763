"""Addresses in texts: every place where somebody may be meant, in every disguise."""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

from safesend.checks.disguises import APART, GUESSES, undone
from safesend.checks.folding import visible
from safesend.checks.hints import may_hide
from safesend.checks.mention import Mention
from safesend.checks.spellings import foreign_keys, known_top, spellings, variants
from safesend.message.address import Address
from safesend.redaction import mask_address

__all__ = ["domain_of", "guessed", "keys_of", "masked", "mentions"]

# Marks that belong to letters and are no `\w`, and circled, squared and other styled
# letters that NFKC (UAX 15) makes plain ones.
_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u06d6-\u06ed"
    "\u0900-\u0963\u0970-\u0df3\u0e31-\u0e4e\u0eb1-\u0ecd\u0f18-\u0fbc\u102b-\u109d"
    "\u135d-\u135f\u17b4-\u17d3\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u2100-\u214f"
    "\u2460-\u24ff\u302a-\u302f\u3099\u309a\ufe20-\ufe2f\U0001f100-\U0001f189"
)
_DASHES = "\u2010-\u2015\u2212\ufe63\uff0d"
_QUOTES = "\u2018\u2019\u201b\u02bc\u00b4\uff07"
_FULL = "\uff01\uff03-\uff06\uff0a\uff0b\uff0f\uff1d\uff1f\uff3e-\uff40\uff5b-\uff5e"
_DOT = ".\u3002\uff0e\uff61\u2024\ufe52"
_MARK = "\u2060"
"""What stands for a run of invisible characters while a text is searched."""

_LABEL = rf"\w{_MARKS}{_DASHES}{_MARK}\-"
_LOCAL = rf"\w{_MARKS}{_DASHES}{_QUOTES}{_FULL}{_DOT}{_MARK}!#$%&'*+/=?^`{{|}}~\-"
_SPACE = r" \t\xa0\u2000-\u200a\u202f\u3000"

_AT = re.compile(
    rf"[@\uff20\ufe6b](?P<gap>[{_SPACE}]{{0,3}}(?:\r?\n[{_SPACE}]{{0,3}})?)"
    rf"(?P<domain>(?>[{_LABEL}]{{1,130}})(?:[{_DOT}](?>[{_LABEL}]{{1,130}})){{1,127}}"
    r"|localhost\b)",
    re.IGNORECASE,
)
# Both are matched on the text before an at sign, backwards.
_BEFORE = re.compile(rf"[{_LOCAL}]{{1,130}}")
_FARTHER = re.compile(
    rf"(?P<gap>(?>[{_SPACE}]{{1,3}}|\)[^()\r\n]{{0,60}}\(|>[^<>\r\n]{{0,60}}<){{0,3}})"
    rf"(?:\"(?P<quoted>[^\"\r\n]{{1,70}})\"|(?P<local>[{_LOCAL}]{{1,130}}))"
)
_NEAR, _FAR = 130, 340
# bob=example.org@lists.example, and what else mailers make of an address.
_REWRITTEN = re.compile("[=%#]")
_GMAIL = ("@gmail.com", "@googlemail.com")


def keys_of(address: Address) -> tuple[str, ...]:
    """The spellings under which an address is looked up, the full one first.

    One for most addresses. More for a +tag (RFC 5233), for Gmail, which takes no
    notice of dots, and for letters that are not ASCII: what they look like.
    """
    key = address.normalised
    if (
        key.isascii()
        and "+" not in key
        and "xn--" not in key
        and not key.endswith(_GMAIL)
    ):
        return (key,)
    keys = [*variants(key)]
    if not key.isascii() or "xn--" in key:
        for each in foreign_keys(address.local, address.domain):
            keys += variants(each)
    return tuple(dict.fromkeys(keys))


def mentions(text: str) -> Iterator[Mention]:
    """Every place where an address may be meant, also in disguise.

    Takes linear time and never raises. A disguised one is given once, however many
    ways lead to it.
    """
    hiding = may_hide(text)
    if not hiding and "@" not in text:
        return
    seen: set[str] = set()
    clean, back = visible(text, _MARK) if hiding else (text, int)
    usual = 0
    for mention in _plain(clean):
        seen.update(mention.spellings)
        usual += known_top(mention.spellings[0].rpartition(".")[2])
        yield attrs.evolve(mention, offset=back(mention.offset)) if hiding else mention
    if hiding or usual != text.count("@") or _REWRITTEN.search(text):
        yield from _hidden(text, seen)


def _hidden(text: str, seen: set[str]) -> Iterator[Mention]:
    clean, back = visible(text)
    for inner, offset, how in undone(clean):
        for mention in _plain(visible(inner, _MARK)[0]):
            if not seen.issuperset(mention.spellings):
                seen.update(mention.spellings)
                yield Mention(mention.spellings, back(offset), how)


def guessed(mention: Mention) -> bool:
    """Whether ordinary text may look so by accident: an unknown one is no address."""
    return not GUESSES.isdisjoint(mention.disguise.split(", "))


def masked(spelling: str) -> str:
    """A spelling for showing: "a…@example.org"."""
    local, _, domain = spelling.rpartition("@")
    return mask_address(local, domain)


def domain_of(spelling: str) -> str:
    """The domain of a spelling, in A-labels."""
    return spelling.rpartition("@")[2]


def _plain(text: str) -> Iterator[Mention]:
    """The addresses of a text in which invisible characters are marks."""
    for hit in _AT.finditer(text):
        at = hit.start()
        local, apart = _local_before(text, at)
        if not local:
            continue
        domain = hit["domain"]
        if text[hit.end() : hit.end() + 1] == "@":
            domain += "@"
        if text[max(0, at - len(local) - 1) : at - len(local)] == "@":
            local = f"@{local}"
        found, disguise = spellings(local, domain)
        if not found:
            continue
        if apart or hit["gap"]:
            disguise = APART
        yield Mention(found, max(0, at - len(local)), disguise)


def _local_before(text: str, at: int) -> tuple[str, bool]:
    """The text before an at sign that may be a local part; whether a gap follows it."""
    begin = max(0, at - _NEAR)
    near = _BEFORE.match(text[begin:at][::-1])
    if near is None:
        return _local_farther(text, at)
    local = near[0][::-1]
    before = at - len(local)
    # \n and \u003c before a local part are escapes of JSON and of programs.
    return (f"\\{local}" if text[before - 1 : before] == "\\" else local), False


def _local_farther(text: str, at: int) -> tuple[str, bool]:
    far = _FARTHER.match(text[max(0, at - _FAR) : at][::-1])
    if far is None:
        return "", False
    local = f'"{far["quoted"][::-1]}"' if far["quoted"] else far["local"][::-1]
    return local, bool(far["gap"])
