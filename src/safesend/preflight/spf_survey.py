"""What an SPF record costs and lets in at worst: all of its tree is walked.

No address is asked about: every term is looked at, as a receiver does who finds no
match. What goes wrong in a branch does not end the walk.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Any

import attrs

from safesend.net.resolver import Answer
from safesend.preflight.record import is_name
from safesend.preflight.spf_host import NAMES, mx_hosts
from safesend.preflight.spf_macros import depends_on_mail, expand
from safesend.preflight.spf_record import (
    Network,
    Result,
    SpfRecord,
    Term,
    read_spf,
    spf_texts,
)
from safesend.preflight.steps import Heard, Steps, together

__all__ = ["Branch", "Survey", "survey"]

_MOST = 100
"""Terms that are walked: somebody else's records may have no end."""


@attrs.frozen(kw_only=True)
class Branch:
    """One term, and all that hangs on it.

    `voids` are names that have nothing (section 4.6.4), `faults` what ends all in an
    error, `unheard` what DNS could not tell now. `opened` is whether it lets anybody
    in. `networks` are the addresses that it stands for, None where only the mail
    itself tells. `end` is what the record at its end says of all others.
    """

    text: str = ""
    lookups: int = 0
    voids: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    unheard: tuple[str, ...] = ()
    opened: bool = False
    networks: tuple[Network, ...] | None = ()
    end: Result | None = None
    names: tuple[str, ...] = ()
    """The domains whose records were read."""


@attrs.frozen(kw_only=True)
class Survey:
    """A domain's SPF records, and a branch for each term of theirs that is read.

    There should be one record. `redirect` is its branch where it counts; of several
    records each redirect is looked at as if it were included. `meant` are the branches
    of what only looks like a term. `whole` is all that counts in one branch.
    """

    domain: str
    records: tuple[SpfRecord, ...] = ()
    branches: tuple[tuple[Term, Branch], ...] = ()
    meant: tuple[tuple[Term, Branch], ...] = ()
    redirect: Branch | None = None
    unheard: str = ""
    end: str = ""
    """The name at the end of all aliases."""

    @property
    def whole(self) -> Branch:
        """Its lookups, voids and troubles added up."""
        found = [branch for _, branch in self.branches]
        return _sum([*found, *([self.redirect] if self.redirect else [])])


def survey(domain: str) -> Steps[Survey]:
    """Walk all of it. Nothing is raised."""
    return (yield from _Walk().top(domain))


def _sum(branches: Iterable[Branch]) -> Branch:
    found = list(branches)
    networks: list[Network] | None = []
    for one in found:
        if networks is not None:
            networks = None if one.networks is None else [*networks, *one.networks]
    return Branch(
        lookups=sum(one.lookups for one in found),
        voids=tuple(name for one in found for name in one.voids),
        faults=tuple(dict.fromkeys(fault for one in found for fault in one.faults)),
        unheard=tuple(dict.fromkeys(name for one in found for name in one.unheard)),
        opened=any(one.opened for one in found),
        networks=None if networks is None else tuple(networks),
        names=tuple(name for one in found for name in one.names),
    )


@attrs.define
class _Walk:
    left: int = _MOST

    def top(self, domain: str) -> Steps[Survey]:
        [heard] = yield [(domain, "TXT")]
        if not isinstance(heard, Answer):
            return Survey(domain=domain, unheard=str(heard))
        records = tuple(map(read_spf, sorted(spf_texts(heard.texts))))
        branches = yield from self._pairs(_terms(records), domain)
        meant = [term for record in records for term in record.meant]
        found = Survey(
            domain=domain,
            records=records,
            branches=branches,
            meant=(yield from self._pairs(meant, domain)),
            end=heard.name,
        )
        if len(records) == 1 and records[0].redirect and records[0].end is None:
            [record] = records
            redirect = yield from self._redirect(record, domain, (domain,))
            found = attrs.evolve(found, redirect=redirect)
        return found

    def _pairs(
        self, terms: Sequence[Term], domain: str
    ) -> Steps[tuple[tuple[Term, Branch], ...]]:
        branches = yield from self._terms(terms, domain, (domain,))
        return tuple(zip(terms, branches, strict=True))

    def _record(self, domain: str, path: tuple[str, ...]) -> Steps[Branch]:
        """All of a record that another one names."""
        if domain in path:
            return Branch(faults=(f"{' -> '.join([*path, domain])} is a circle",))
        [heard] = yield [(domain, "TXT")]
        if not isinstance(heard, Answer):
            return Branch(unheard=(str(heard),), networks=None)
        texts = spf_texts(heard.texts)
        voids = () if heard.records else (domain,)
        if len(texts) != 1:
            found = f"has {len(texts)} SPF records" if texts else "has no SPF record"
            return Branch(faults=(f"{domain} {found}",), voids=voids)
        record = read_spf(texts[0])
        path, end = (*path, domain), record.end
        parts = yield from self._terms(record.read, domain, path)
        if record.redirect and record.end is None:
            other = yield from self._redirect(record, domain, path)
            parts, end = [*parts, other], other.end
        whole = _sum(parts)
        faults = (*(f"{domain}: {fault}" for fault in record.faults), *whole.faults)
        names = (domain, *whole.names)
        return attrs.evolve(whole, faults=faults, end=end, names=names)

    def _redirect(
        self, record: SpfRecord, domain: str, path: tuple[str, ...]
    ) -> Steps[Branch]:
        text = f"redirect={record.redirect}"
        return (yield from self._other(text, record.redirect, domain, path))

    def _other(
        self, text: str, spec: str, domain: str, path: tuple[str, ...]
    ) -> Steps[Branch]:
        """A record that another one includes, or gives way to."""
        self.left -= 1
        if self.left < 0:
            return Branch(text=text, lookups=1, faults=("the records have no end",))
        if depends_on_mail(spec):
            return Branch(text=text, lookups=1, networks=None)
        target = expand(spec, domain, None)
        if not is_name(target):
            return Branch(text=text, lookups=1, faults=(f"{text} names no domain",))
        found = yield from self._record(target, path)
        return attrs.evolve(found, text=text, lookups=found.lookups + 1)

    def _terms(
        self, terms: Sequence[Term], domain: str, path: tuple[str, ...]
    ) -> Steps[list[Branch]]:
        steps = [self._term(term, domain, path) for term in terms]
        return (yield from together(steps))

    def _term(self, term: Term, domain: str, path: tuple[str, ...]) -> Steps[Branch]:
        if term.network is not None:
            everybody = term.network.prefixlen == 0 and term.result is Result.PASS
            found = Branch(networks=(term.network,), opened=everybody)
        elif term.name == "all":
            return Branch(text=term.text, opened=term.result is Result.PASS)
        elif term.name == "include":
            found = yield from self._other(term.text, term.domain, domain, path)
        else:
            found = yield from self._asking(term, domain)
        if term.result is not Result.PASS:  # it shuts out, or leaves open
            found = attrs.evolve(found, networks=None, opened=False)
        return attrs.evolve(found, text=term.text, end=None)

    def _asking(self, term: Term, domain: str) -> Steps[Branch]:
        self.left -= 1
        spec = term.domain or domain
        once = Branch(lookups=1, networks=None)
        if self.left < 0 or term.name == "ptr" or depends_on_mail(spec):
            return once
        target = expand(spec, domain, None)
        if not is_name(target):
            return attrs.evolve(once, voids=(target,))
        if term.name == "exists":
            [heard] = yield [(target, "A")]
            # Such a name has no address: it says yes to everybody, or to nobody.
            return attrs.evolve(_heard(target, [heard]), lookups=1, networks=None)
        if term.name == "a":
            return (yield from self._hosts(term, [target]))
        return (yield from self._mx(term, target))

    def _mx(self, term: Term, target: str) -> Steps[Branch]:
        [heard] = yield [(target, "MX")]
        hosts = mx_hosts(heard.records) if isinstance(heard, Answer) else []
        hosts = [host for host in hosts if host]
        if len(hosts) > NAMES:
            fault = f"{target} has more than {NAMES} MX hosts"
            return Branch(lookups=1, faults=(fault,), networks=None)
        if not hosts:
            return attrs.evolve(_heard(target, [heard]), lookups=1)
        return (yield from self._hosts(term, hosts))

    def _hosts(self, term: Term, hosts: Sequence[str]) -> Steps[Branch]:
        """The addresses of one host, or of the MX hosts of a domain."""
        kinds = ("A", "AAAA")
        answers = yield [(host, kind) for host in hosts for kind in kinds]
        parts = [
            _heard(host, answers[2 * number : 2 * number + 2], term)
            for number, host in enumerate(hosts)
        ]
        return attrs.evolve(_sum(parts), lookups=1)


def _heard(name: str, answers: Sequence[Heard], term: Term | None = None) -> Branch:
    unheard = tuple(str(one) for one in answers if not isinstance(one, Answer))
    if unheard:
        return Branch(unheard=unheard, networks=None)
    records = [r for one in answers if isinstance(one, Answer) for r in one.records]
    if not records:
        return Branch(voids=(name,))
    return Branch(
        networks=tuple(
            ipaddress.ip_network(f"{record.address}/{length}", strict=False)
            for record in records
            for length in _lengths(record, term)
        )
    )


def _lengths(record: Any, term: Term | None) -> Sequence[int]:
    if term is None:
        return ()
    return (term.v6 if ":" in record.address else term.v4,)


def _terms(records: Sequence[SpfRecord]) -> list[Term]:
    """Those of the record; of several, each of them once, as if they were one."""
    if len(records) == 1:
        return [*records[0].read]
    found: dict[str, Term] = {}
    for record in records:
        others = [f"v=spf1 include:{record.redirect}"] if record.redirect else []
        for term in [*record.read, *(one for t in others for one in read_spf(t).terms)]:
            found.setdefault(term.text.lower().removeprefix("+"), term)
    return list(found.values())
