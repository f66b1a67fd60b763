"""DMARC records, read as receivers do (RFC 9989 sections 4.7 and 4.8)."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

import attrs

from safesend.preflight.record import is_name

__all__ = [
    "REMOVED",
    "DmarcRecord",
    "Policy",
    "is_dmarc",
    "looks_like_dmarc",
    "mended",
    "merged",
    "read_dmarc",
]

REMOVED = ("pct", "rf", "ri")
"""Tags that RFC 9989 has no more."""

# Section 4.8: v= comes first, and its value is in capitals.
_BEGINS = re.compile(r"[vV][ \t]*=[ \t]*DMARC1[ \t]*(?:;|\Z)")
_MEANT = re.compile(
    r"[\"'\s]*v\s*=\s*dmarc|(?:^|;)\s*p\s*=\s*(?:none|quarantine|reject)\b",
    re.IGNORECASE,
)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-+\--~]+")
_SIZE = re.compile(r"![0-9]+[kmgt]?\Z", re.IGNORECASE)
_MAILTO = "mailto:"
_HOST = re.compile(r"[a-z0-9._-]+")
_ALL = 100  # per cent


class Policy(enum.StrEnum):
    """What is to happen to mail that fails, the mildest ahead."""

    NONE = "none"
    QUARANTINE = "quarantine"
    REJECT = "reject"

    @property
    def milder(self) -> Policy:
        """The next one down: what testing makes of it (section 4.7, t=)."""
        steps: list[Policy] = [*Policy]
        return steps[max(0, steps.index(self) - 1)]


_POLICIES = ("p", "sp", "np")
_VALUES = {
    **dict.fromkeys(_POLICIES, re.compile("none|quarantine|reject", re.IGNORECASE)),
    **dict.fromkeys(("adkim", "aspf"), re.compile("[rs]", re.IGNORECASE)),
    "t": re.compile("[yn]", re.IGNORECASE),
    "psd": re.compile("[ynu]", re.IGNORECASE),
    "fo": re.compile("[01ds](?::[01ds])*", re.IGNORECASE),
    "pct": re.compile("[0-9]{1,3}"),
}


@attrs.frozen(kw_only=True)
class DmarcRecord:
    """What stands in a record. `tags` are those that can be read, in lower case.

    `flaws` are the parts that receivers pass over.
    """

    text: str
    tags: Mapping[str, str]
    flaws: tuple[str, ...] = ()

    @property
    def reports(self) -> tuple[str, ...]:
        """The URIs of rua=, without the size that some still have."""
        found = (part.strip() for part in self.tags.get("rua", "").split(","))
        found = (_SIZE.sub("", part) for part in found)
        return tuple(part for part in found if _URI.fullmatch(part) and _leads(part))

    @property
    def report_hosts(self) -> tuple[str, ...]:
        """The domains to which reports are mailed."""
        return tuple(dict.fromkeys(filter(None, map(_host, self.reports))))

    @property
    def has_bad_policy(self) -> bool:
        """Whether p=, sp= or np= is there and says nothing."""
        names = {flaw.partition("=")[0].strip().lower() for flaw in self.flaws}
        return bool(names & {*_POLICIES} - self.tags.keys())

    @property
    def counts(self) -> bool:
        """Whether receivers do anything about it (section 4.10.1)."""
        return bool(self.reports) or not self.has_bad_policy

    def policy(self, *, below: bool = False) -> Policy:
        """For the domain of the record, or one `below` it."""
        if self.has_bad_policy:
            return Policy.NONE
        said = self.tags.get("p", Policy.NONE)
        return Policy(self.tags.get("sp", said) if below else said)

    def is_strict(self, tag: str) -> bool:
        """Whether `adkim` or `aspf` asks for equal domains."""
        return self.tags.get(tag) == "s"

    @property
    def psd(self) -> str:
        """y: a public suffix; n: an organization below one; u: neither is said."""
        return self.tags.get("psd", "u")

    @property
    def is_tested(self) -> bool:
        """Whether the policy is not meant yet: t=y, or pct=0, which was its older form.

        Any other pct= is passed over now: the policy holds for all mail (RFC 9989
        appendix A.6), and what is advised in its place must not be milder.
        """
        return self.tags.get("t") == "y" or int(self.tags.get("pct", _ALL)) == 0


def _host(uri: str) -> str:
    """The domain of a mailto: URI; "" of any other."""
    if not uri.lower().startswith(_MAILTO):
        return ""
    address = unquote(uri[len(_MAILTO) :].partition("?")[0])
    return address.rpartition("@")[2].lower().removesuffix(".")


def _leads(uri: str) -> bool:
    """Whether a mailto: URI has an address; what is written by % may be anything."""
    if not uri.lower().startswith(_MAILTO):
        return True
    host = _host(uri)
    return "@" in unquote(uri) and is_name(host) and _HOST.fullmatch(host) is not None


def is_dmarc(text: str) -> bool:
    """Whether receivers take it for a record; they pass over any other."""
    return _BEGINS.match(text) is not None


def looks_like_dmarc(text: str) -> bool:
    """Whether somebody meant it to be one."""
    return _MEANT.search(text) is not None


def read_dmarc(text: str) -> DmarcRecord:
    """Whatever can be read of it."""
    tags: dict[str, str] = {}
    flaws: list[str] = []
    for part in filter(None, (one.strip(" \t\r\n\"'") for one in text.split(";"))):
        name, equals, value = (one.strip() for one in part.partition("="))
        name = name.lower()
        if name == "v":
            continue
        known = _VALUES.get(name)
        if not equals or name in tags or (known and not known.fullmatch(value)):
            flaws.append(part)
        else:
            tags[name] = value.lower() if known else value
    return DmarcRecord(text=text, tags=tags, flaws=tuple(flaws))


def mended(record: DmarcRecord, reports: str) -> str:
    """The record as it should be; `reports` is where they go if nowhere now.

    A policy that is only tested becomes the milder one, which is what it is worth: no
    more mail is refused than before.
    """
    tags: dict[str, str] = {}
    for name in _POLICIES:
        said = record.tags.get(name) or (Policy.NONE if name == "p" else "")
        if said:
            tags[name] = Policy(said).milder if record.is_tested else said
    gone = {*REMOVED, *_POLICIES, "t", "rua"}
    tags["rua"] = ",".join(record.reports) or f"mailto:{reports}"
    tags |= {
        name: value
        for name, value in record.tags.items()
        if name not in gone and value and value.isascii() and value.isprintable()
    }
    return "; ".join(["v=DMARC1", *(f"{name}={value}" for name, value in tags.items())])


def merged(records: Sequence[DmarcRecord]) -> DmarcRecord:
    """One in place of several: the mildest policy, and all who are told."""
    records = sorted(records, key=lambda one: one.text)
    tags: dict[str, str] = {}
    for record in records:
        tags |= {name: tags.get(name, value) for name, value in record.tags.items()}
    tags["p"] = min((one.policy() for one in records), key=[*Policy].index)
    uris = [uri for one in records for uri in one.reports]
    tags["rua"] = ",".join(dict.fromkeys(uris))
    return DmarcRecord(text=records[0].text, tags=tags)
