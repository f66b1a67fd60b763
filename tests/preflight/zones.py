"""What a finding advises, published: the records go into the zone as they stand."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Any

import attrs
import dns.rdatatype
import dns.zonefile

from safesend.net.resolver import Resolver
from safesend.preflight import Finding, Question
from servers.dns import Zone, run_dns

__all__ = ["Look", "lines", "looked", "parts", "published"]

Look = Callable[[Question, Resolver], Coroutine[Any, Any, list[Finding]]]
"""One of the checks: `check_spf` and its like."""

_LINE = re.compile(r"\S+\. IN [A-Z]+ .+")
_FIELDS = {"MX": "mx", "A": "a", "AAAA": "aaaa", "TXT": "txt", "PTR": "ptr"}


def looked(check: Look, question: Question, zones: dict[str, Zone]) -> list[Finding]:
    """What the check finds where DNS has these zones."""

    async def main() -> list[Finding]:
        place = Resolver(["127.0.0.1"], port=server.port, timeout=10)
        return await check(question, place)

    with run_dns(zones) as server:
        return asyncio.run(main())


def parts(text: str) -> str:
    """A long text as `Zone.txt` wants it: several of up to 255 characters."""
    starts = range(0, len(text), 255)
    return '" "'.join(text[start : start + 255] for start in starts)


def lines(finding: Finding, places: Mapping[str, str] | None = None) -> list[str]:
    """The records that it says to publish, one a line; words are no records.

    `places` is what goes where a template has a word in capitals.
    """
    text = finding.publish
    for place, meant in (places or {}).items():
        text = text.replace(place, meant)
    return [line for line in text.splitlines() if _LINE.fullmatch(line)]


def published(
    zones: Mapping[str, Zone],
    finding: Finding,
    places: Mapping[str, str] | None = None,
) -> dict[str, Zone]:
    """The zones with its records in the place of what they replace.

    They are read by dnspython, as a nameserver reads its file.
    """
    found = dict(zones)
    text = "\n".join(lines(finding, places))
    assert text, f"nothing to publish in: {finding}"
    for rrset in dns.zonefile.read_rrsets(text, rdclass=None, default_ttl=300):
        name = rrset.name.to_text(omit_final_dot=True).lower()
        zone = _there(found.get(name, Zone()))
        kind = dns.rdatatype.to_text(rrset.rdtype)
        found[name] = _with(zone, name, kind, list(_values(kind, rrset)))
    return found


def _there(zone: Zone) -> Zone:
    """Who publishes a record makes the name exist, and be no other's name."""
    return attrs.evolve(zone, cname="", rcode=Zone().rcode)


def _values(kind: str, rrset: Any) -> Iterator[Any]:
    for record in rrset:
        if kind == "MX":
            host = record.exchange.to_text(omit_final_dot=True)
            yield record.preference, host
        elif kind == "TXT":
            yield record.to_text()[1:-1]  # the zone puts the outer quotes there
        else:
            yield record.to_text().removesuffix(".")


def _with(zone: Zone, name: str, kind: str, values: list[Any]) -> Zone:
    kept: tuple[Any, ...] = ()
    if kind == "TXT" and not any(label.startswith("_") for label in name.split(".")):
        begins = {_version(text) for text in values}
        kept = tuple(text for text in zone.txt if _version(text) not in begins)
    field = _FIELDS[kind]
    return attrs.evolve(zone, **{field: (*kept, *values)})


def _version(text: str) -> str:
    return re.split(r"[ ;]", text.replace('" "', ""))[0].lower()
