"""Whether SPF lets an address send for a domain (RFC 7208 section 4)."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any

import attrs

from safesend.errors import SafesendError
from safesend.net.resolver import Answer
from safesend.preflight.record import is_name
from safesend.preflight.spf_macros import IpAddress, Sender, expand
from safesend.preflight.spf_record import Result, SpfRecord, Term, read_spf, spf_texts
from safesend.preflight.steps import Heard, Steps

__all__ = ["LOOKUPS", "NAMES", "Verdict", "check_host", "mx_hosts", "within"]

LOOKUPS = 10
"""Terms that ask DNS, over all records that are included (section 4.6.4)."""
NAMES = 10
"""MX hosts whose addresses are asked for, or names behind an address."""


@attrs.frozen
class Verdict:
    """What a receiver finds, and the term or trouble that decided."""

    result: Result
    reason: str = ""


class _Ended(SafesendError):
    """Nothing further is looked at."""

    def __init__(self, result: Result, reason: str) -> None:
        super().__init__(reason)
        self.verdict = Verdict(result, reason)


def check_host(sender: Sender) -> Steps[Verdict]:
    """The result for the address of the sender. Nothing is raised."""
    try:
        return (yield from _Check(sender).host(sender.domain))
    except _Ended as ended:
        return ended.verdict


def _known(heard: Heard) -> Answer:
    if isinstance(heard, Answer):
        return heard
    raise _Ended(Result.TEMPERROR, str(heard))


def mx_hosts(records: Sequence[Any]) -> list[str]:
    """The hosts of MX records, the preferred first."""
    ordered = sorted(records, key=lambda one: (one.preference, one.exchange))
    return [one.exchange.to_text().lower().removesuffix(".") for one in ordered]


def within(term: Term, ip: IpAddress, address: str) -> bool:
    """Whether the address is one of those that the term means by another one."""
    length = term.v4 if isinstance(ip, ipaddress.IPv4Address) else term.v6
    return ip in ipaddress.ip_network(f"{address}/{length}", strict=False)


@attrs.define
class _Check:
    sender: Sender
    lookups: int = 0

    @property
    def _kind(self) -> str:
        return "A" if isinstance(self.sender.ip, ipaddress.IPv4Address) else "AAAA"

    def host(self, domain: str) -> Steps[Verdict]:
        record = yield from self._record(domain)
        if record is None:
            return Verdict(Result.NONE, f"{domain} has no SPF record")
        for term in record.read:
            if (yield from self._matches(term, domain)):
                return Verdict(term.result, f"{term.text} of {domain}")
        if record.redirect and record.end is None:
            self._count()
            target = expand(record.redirect, domain, self.sender)
            found: Verdict = yield from self.host(target)
            if found.result is Result.NONE:
                raise _Ended(Result.PERMERROR, f"redirect= of {domain}: {found.reason}")
            return found
        return Verdict(Result.NEUTRAL, f"no term of {domain} matches")

    def _record(self, domain: str) -> Steps[SpfRecord | None]:
        if not is_name(domain):  # section 4.3: as if there were nothing
            return None
        [heard] = yield [(domain, "TXT")]
        texts = spf_texts(_known(heard).texts)
        if len(texts) > 1:
            raise _Ended(Result.PERMERROR, f"{domain} has {len(texts)} SPF records")
        record = read_spf(texts[0]) if texts else None
        if record is not None and record.faults:
            raise _Ended(Result.PERMERROR, f"{domain}: {record.faults[0]}")
        return record

    def _count(self) -> None:
        self.lookups += 1
        if self.lookups > LOOKUPS:
            raise _Ended(Result.PERMERROR, f"more than {LOOKUPS} lookups")

    def _matches(self, term: Term, domain: str) -> Steps[bool]:
        if term.network is not None:
            return self.sender.ip in term.network
        if term.name == "all":
            return True
        self._count()
        target = expand(term.domain or domain, domain, self.sender)
        ways = {"include": self._include, "exists": self._exists, "ptr": self._ptr}
        if term.name in ways:
            return (yield from ways[term.name](target))
        hosts = [target] if is_name(target) else []
        if term.name == "mx" and hosts:
            hosts = yield from self._mx(target)
        return (yield from self._has_address(term, hosts))

    def _exists(self, target: str) -> Steps[bool]:
        if not is_name(target):
            return False
        [heard] = yield [(target, "A")]
        return bool(_known(heard).records)

    def _include(self, target: str) -> Steps[bool]:
        found: Verdict = yield from self.host(target)
        if found.result is Result.NONE:
            raise _Ended(Result.PERMERROR, f"include:{target}: {found.reason}")
        return found.result is Result.PASS

    def _mx(self, target: str) -> Steps[list[str]]:
        [heard] = yield [(target, "MX")]
        hosts = [host for host in mx_hosts(_known(heard).records) if host]
        if len(hosts) > NAMES:
            raise _Ended(Result.PERMERROR, f"{target} has more than {NAMES} MX hosts")
        return hosts

    def _has_address(self, term: Term, hosts: Sequence[str]) -> Steps[bool]:
        if not hosts:
            return False
        answers = yield [(host, self._kind) for host in hosts]
        for heard in answers:
            for record in _known(heard).records:
                if within(term, self.sender.ip, record.address):
                    return True
        return False

    def _ptr(self, target: str) -> Steps[bool]:
        """Section 5.5: trouble on the way is no match, and no error."""
        [heard] = yield [(self.sender.ip.reverse_pointer, "PTR")]
        records = heard.records if isinstance(heard, Answer) else ()
        names = [one.target.to_text(omit_final_dot=True).lower() for one in records]
        names = [one for one in names[:NAMES] if f".{one}".endswith(f".{target}")]
        if not names:
            return False
        answers = yield [(name, self._kind) for name in names]
        return any(
            ipaddress.ip_address(record.address) == self.sender.ip
            for answer in answers
            if isinstance(answer, Answer)
            for record in answer.records
        )
