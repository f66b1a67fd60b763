"""SPF records, read term by term (RFC 7208 sections 4.5, 4.6 and 12)."""

from __future__ import annotations

import enum
import ipaddress
import re
from collections.abc import Iterable
from typing import TypeAlias

import attrs

from safesend.preflight.spf_macros import is_domain_spec, is_macro_string

__all__ = ["Network", "Result", "SpfRecord", "Term", "read_spf", "spf_texts"]

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_BEGINS = re.compile(r"v=spf1(?= |\Z)", re.IGNORECASE)
_TERM = re.compile(r"([+?~-]?)([A-Za-z][A-Za-z0-9]*)(?::(.*?))?((?:/.*)?)", re.DOTALL)
_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*)=(.*)", re.DOTALL)
_SLIP = re.compile(r"([+?~-]?)ipv?[46]?[:=](.+)", re.IGNORECASE)
_NUMBER = "(0|[1-9][0-9]{0,2})"
_DUAL = re.compile(r"(.*?)(?:/([0-9]{1,4}))?(?://([0-9]{1,4}))?", re.DOTALL)
_WITH_DOMAIN = frozenset({"include", "exists"})
_WITH_LENGTHS = frozenset({"a", "mx"})
_NETWORKS = {"ip4": 4, "ip6": 6}
_MECHANISMS = {"all", "ptr", *_WITH_DOMAIN, *_WITH_LENGTHS, *_NETWORKS}
_V4, _V6 = 32, 128


class Result(enum.StrEnum):
    """What SPF says of an address (section 2.6)."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    NONE = "none"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


_QUALIFIERS = {
    "": Result.PASS,
    "+": Result.PASS,
    "-": Result.FAIL,
    "~": Result.SOFTFAIL,
    "?": Result.NEUTRAL,
}


@attrs.frozen(kw_only=True)
class Term:
    """One mechanism. `domain` may hold macros; "" is the domain of the record.

    `v4` and `v6` are the lengths of prefixes behind `a` and `mx`.
    """

    text: str
    name: str
    result: Result
    domain: str = ""
    network: Network | None = None
    v4: int = _V4
    v6: int = _V6

    @property
    def asks(self) -> bool:
        """Whether it counts among the ten (section 4.6.4)."""
        return self.name not in {"all", "ip4", "ip6"}


@attrs.frozen(kw_only=True)
class SpfRecord:
    """What stands in a record; `faults` are why receivers take none of it."""

    text: str
    terms: tuple[Term, ...] = ()
    redirect: str = ""
    strange: tuple[str, ...] = ()
    """Modifiers that have the name of a mechanism: nobody minds them."""
    others: tuple[str, ...] = ()
    """Other modifiers, `exp=` among them."""
    faults: tuple[str, ...] = ()
    bad: tuple[str, ...] = ()
    """The terms that are faults."""
    meant: tuple[Term, ...] = ()
    """What is plainly meant by such terms, and by strange modifiers."""

    @property
    def read(self) -> tuple[Term, ...]:
        """The terms that somebody reads: none after `all` (section 5.1)."""
        last = next((i for i, one in enumerate(self.terms) if one.name == "all"), None)
        return self.terms if last is None else self.terms[: last + 1]

    @property
    def end(self) -> Result | None:
        """What `all` says; None where there is no such term."""
        return next((one.result for one in self.terms if one.name == "all"), None)


def spf_texts(texts: Iterable[str]) -> tuple[str, ...]:
    """Those of a domain's TXT records that are SPF's (section 4.5)."""
    return tuple(text for text in texts if _BEGINS.match(text))


def read_spf(text: str) -> SpfRecord:
    """The record, with all that is wrong in it."""
    terms: list[Term] = []
    modifiers: dict[str, str] = {}
    strange: list[str] = []
    others: list[str] = []
    wrong: list[tuple[str, str]] = []
    for part in filter(None, text[len("v=spf1") :].split(" ")):
        found = _modifier(part, modifiers) if _is_modifier(part) else _term(part)
        if isinstance(found, Term):
            terms.append(found)
        elif found:
            wrong.append((part, found))
        elif part.partition("=")[0].lower() in _MECHANISMS:
            strange.append(part)
        elif not part.lower().startswith("redirect="):
            others.append(part)
    return SpfRecord(
        text=text,
        terms=tuple(terms),
        redirect=modifiers.get("redirect", ""),
        strange=tuple(strange),
        others=tuple(others),
        faults=tuple(f"{_shown(part)} {reason}" for part, reason in wrong),
        bad=tuple(part for part, _ in wrong),
        meant=tuple(
            term
            for part in [*(part for part, _ in wrong), *strange]
            if isinstance(term := _term(_corrected(part)), Term)
        ),
    )


def _corrected(part: str) -> str:
    """Without what is plainly a slip: another name, an equals sign, a stray dot."""
    part = part.strip(",;.")
    if found := _SLIP.fullmatch(part):
        version = 6 if ":" in found[2] else 4
        return f"{found[1]}ip{version}:{found[2]}"
    return part.removesuffix(":").replace("=", ":", 1)


def _shown(part: str) -> str:
    return part if part.isascii() and part.isprintable() else ascii(part)


def _is_modifier(part: str) -> bool:
    return _MODIFIER.fullmatch(part) is not None


def _modifier(part: str, known: dict[str, str]) -> str:
    name, _, value = part.partition("=")
    name = name.lower()
    if name not in {"redirect", "exp"}:
        return "" if is_macro_string(value) else "is no macro string"
    if name in known:
        return f"is there twice: one {name}= is allowed"
    known[name] = value
    return "" if is_domain_spec(value) else "names no domain"


def _term(part: str) -> Term | str:
    """The mechanism, or what is wrong with it."""
    found = _TERM.fullmatch(part)
    name = found[2].lower() if found else ""
    if found is None or name not in _MECHANISMS:
        return "is no mechanism of SPF"
    domain, rest = found[3], found[4]
    term = Term(text=part, name=name, result=_QUALIFIERS[found[1]])
    if name == "all":
        return term if domain is None and not rest else "must be the word alone"
    if name in _NETWORKS:
        return _network(term, (domain or "") + rest)
    if name in _WITH_LENGTHS:
        return _lengths(term, domain, rest)
    if domain is None and (rest or name in _WITH_DOMAIN):
        return "names no domain"
    return _domain(term, None if domain is None else domain + rest)


def _domain(term: Term, domain: str | None) -> Term | str:
    if domain is None:
        return term
    if not is_domain_spec(domain):
        return "names no domain"
    return attrs.evolve(term, domain=domain)


def _lengths(term: Term, domain: str | None, rest: str) -> Term | str:
    # The domain may have slashes of its own: what counts are those at the end.
    found = _DUAL.fullmatch((domain or "") + rest)
    assert found is not None
    spec, *lengths = found.groups()
    if any(text and not re.fullmatch(_NUMBER, text) for text in lengths):
        return "has no such length of a prefix"
    v4, v6 = (
        most if text is None else int(text)
        for text, most in zip(lengths, (_V4, _V6), strict=True)
    )
    if v4 > _V4 or v6 > _V6 or (domain is None and spec):
        return "has no such length of a prefix"
    term = attrs.evolve(term, v4=v4, v6=v6)
    return _domain(term, None if domain is None else spec)


def _network(term: Term, text: str) -> Term | str:
    address, slash, length = text.partition("/")
    version = _NETWORKS[term.name]
    number = re.fullmatch(_NUMBER, length) if slash else True
    network: Network | None
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        network = None
    if network is None or network.version != version or "%" in address or not number:
        return f"is no IPv{version} network"
    return attrs.evolve(term, network=network)
