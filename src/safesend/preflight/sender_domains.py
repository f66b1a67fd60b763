"""P5: the domains of From and MAIL FROM exist, and mail to them arrives.

RFC 5321 section 5.1 and RFC 7505. Bounces go to MAIL FROM, answers to From; many
receivers refuse mail from where no mail can go (RFC 7505 section 4.2, 5.7.27).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from functools import partial

import attrs

from safesend.net.resolver import Answer, Resolver
from safesend.preflight.question import Question
from safesend.preflight.record import AGAIN, Record, advice
from safesend.preflight.report import Finding, Grade
from safesend.preflight.reserved import RESERVED, is_reserved
from safesend.preflight.steps import Asked, Heard, Steps, along

__all__ = ["Host", "MailDomain", "check_sender_domains", "domain_findings", "look"]

_found = partial(Finding, check="P5", what="sender domain")
_KINDS = ("A", "AAAA")
_MOST_HOSTS = 30
"""Mail servers of a domain that are looked at, the preferred first."""


@attrs.frozen(kw_only=True)
class Host:
    """A host that an MX record names: whether it has an address, or DNS is silent."""

    name: str
    preference: int
    addresses: int = 0
    alias: str = ""
    unheard: str = ""

    @property
    def is_address(self) -> bool:
        """Whether an IP address stands where a name belongs (section 5.1)."""
        try:
            ipaddress.ip_address(self.name.strip("[]"))
        except ValueError:
            return False
        return True

    @property
    def is_good(self) -> bool:
        """Whether mail gets there."""
        return bool(self.addresses) and not self.is_address

    @property
    def record(self) -> str:
        """What its MX record should have: its own name in place of an alias."""
        return f"{self.preference} {self.alias or self.name}."


@attrs.frozen(kw_only=True)
class MailDomain:
    """What DNS says of a domain that mail is for."""

    name: str
    exists: bool = True
    mx: tuple[Host, ...] = ()
    addresses: int = 0
    unheard: str = ""

    @property
    def is_null(self) -> bool:
        """Whether it says that it takes no mail (RFC 7505)."""
        return any(not host.name for host in self.mx)

    @property
    def hosts(self) -> tuple[Host, ...]:
        """Those to which mail can go."""
        return tuple(host for host in self.mx if host.is_good)


async def check_sender_domains(question: Question, resolver: Resolver) -> list[Finding]:
    """Whether answers and bounces arrive."""
    domains = list(dict.fromkeys([question.sender, question.envelope]))
    found = await along(look(domains), resolver)
    return [finding for one in found for finding in domain_findings(one, found)]


def look(domains: Sequence[str]) -> Steps[list[MailDomain]]:
    """Ask for MX and addresses of the domains, then for those of their hosts."""
    kinds = ("MX", *_KINDS)
    answers = yield [(domain, kind) for domain in domains for kind in kinds]
    rounds = [answers[at : at + 3] for at in range(0, len(answers), 3)]
    named = [_hosts(one[0]) for one in rounds]
    names = dict.fromkeys(host.name for hosts in named for host in hosts if host.name)
    asked: list[Asked] = [(name, kind) for name in names for kind in _KINDS]
    told = dict(zip(asked, (yield asked), strict=True))
    return [
        _domain(domain, one, [_looked_up(host, told) for host in hosts])
        for domain, one, hosts in zip(domains, rounds, named, strict=True)
    ]


def _hosts(heard: Heard) -> list[Host]:
    records = heard.records if isinstance(heard, Answer) else ()
    found = [
        Host(
            name=record.exchange.to_text().lower().removesuffix("."),
            preference=record.preference,
        )
        for record in records
    ]
    return sorted(found, key=lambda host: (host.preference, host.name))[:_MOST_HOSTS]


def _looked_up(host: Host, told: Mapping[Asked, Heard]) -> Host:
    if not host.name:
        return host
    answers = [told[host.name, kind] for kind in _KINDS]
    heard = [one for one in answers if isinstance(one, Answer)]
    count = sum(len(one.records) for one in heard)
    silent = [str(one) for one in answers if not isinstance(one, Answer)]
    ends = {one.name for one in heard if one.name} - {host.name}
    return attrs.evolve(
        host,
        addresses=count,
        alias=min(ends, default=""),
        unheard="" if count or not silent else silent[0],
    )


def _domain(name: str, answers: Sequence[Heard], hosts: Sequence[Host]) -> MailDomain:
    heard = [one for one in answers if isinstance(one, Answer)]
    silent = [str(one) for one in answers if not isinstance(one, Answer)]
    addresses = sum(len(one.records) for one in answers[1:] if isinstance(one, Answer))
    needed = not isinstance(answers[0], Answer) or (not hosts and not addresses)
    return MailDomain(
        name=name,
        # Nameservers before load balancers say of an AAAA that there is no such name.
        exists=any(one.exists for one in heard) or not heard,
        mx=tuple(hosts),
        addresses=addresses,
        unheard=silent[0] if silent and needed else "",
    )


def domain_findings(
    domain: MailDomain, all_of_them: Sequence[MailDomain]
) -> list[Finding]:
    """What is wrong with one domain; the hosts of another of ours may be advised."""
    told = partial(_found, about=domain.name, seen=_seen(domain))
    if domain.exists and domain.unheard:
        reason = f"DNS did not tell where its mail goes: {domain.unheard}"
        return [told(grade=Grade.UNKNOWN, reason=reason, publish=AGAIN)]
    troubles = _troubles(domain)
    if not troubles:
        return [told(grade=Grade.PASS, reason=_praise(domain))]
    publish = _publish(domain, all_of_them)
    if is_reserved(domain.name):
        own = f"{domain.name} is a name for examples ({RESERVED})"
        publish = f"{own}: send from a domain of your own.\n{publish}"
    return [
        told(
            grade=grade,
            reason=reason,
            publish=AGAIN if grade is Grade.UNKNOWN else publish,
        )
        for grade, reason in troubles
    ]


def _troubles(domain: MailDomain) -> list[tuple[Grade, str]]:
    if not domain.exists:
        return [(Grade.FAIL, "there is no such domain, and mail from it is refused")]
    if domain.is_null:
        return _of_null(domain)
    if domain.mx:
        return _of_hosts(domain)
    if domain.addresses:
        reason = "there is no MX record: mail goes to the host of the domain's own name"
        return [(Grade.WARN, reason)]
    return [(Grade.FAIL, "it takes no mail: it has neither MX records nor an address")]


def _of_null(domain: MailDomain) -> list[tuple[Grade, str]]:
    reason = "a null MX stands beside others (RFC 7505 section 3)"
    if len(domain.mx) == 1:
        reason = "it says that it takes no mail (null MX): bounces and answers are lost"
    return [(Grade.FAIL, reason)]


def _of_hosts(domain: MailDomain) -> list[tuple[Grade, str]]:
    dead = [why for host in domain.mx if (why := _why_dead(host))]
    silent = [host for host in domain.mx if host.unheard and not host.is_address]
    grade = Grade.WARN if domain.hosts or silent else Grade.FAIL
    found = [(grade, why) for why in dead]
    if silent and not domain.hosts:
        reason = f"DNS did not tell where its MX host is: {silent[0].unheard}"
        found.append((Grade.UNKNOWN, reason))
    for host in domain.hosts:
        if host.alias:
            reason = f"the MX host {host.name} is another name of {host.alias}"
            found.append((Grade.WARN, f"{reason} (RFC 5321 section 5.1)"))
    return found


def _why_dead(host: Host) -> str:
    if host.is_address:
        return f"the MX record names an address, {host.name}, not a host"
    if not host.addresses and not host.unheard:
        return f"the MX host {host.name} has no address"
    return ""


def _seen(domain: MailDomain) -> tuple[str, ...]:
    return tuple(f"MX {host.preference} {host.name}." for host in domain.mx)


def _praise(domain: MailDomain) -> str:
    return f"its mail goes to {', '.join(host.name for host in domain.hosts)}"


def _publish(domain: MailDomain, all_of_them: Sequence[MailDomain]) -> str:
    """Its own good hosts, else itself where it has an address, else another's."""
    near = [one for one in all_of_them if one.hosts and not one.is_null]
    hosts = domain.hosts or tuple(host for one in near for host in one.hosts)
    data = [host.record for host in hosts]
    if domain.addresses and not domain.hosts:
        data = [f"10 {domain.name}."]
    if data:
        return advice([Record(domain.name, "MX", one) for one in dict.fromkeys(data)])
    return (
        f"{domain.name}. IN MX 10 HOST.\n"
        "HOST: the name of a host that takes its mail, and that has an address."
    )
