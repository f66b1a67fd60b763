"""What a line to a mail server has to prove before it may carry a letter.

By DANE (RFC 7672) or MTA-STS (RFC 8461) where the recipient's domain asks for it; by
TLS with whoever answers where it does not; by more than that where the sender wants it.
"""

from __future__ import annotations

import enum
import logging
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import attrs

from safesend.delivery import Stage
from safesend.errors import ConfigurationError, TransportError
from safesend.net.policy_shelf import PolicyShelf
from safesend.net.resolver import Answer, Resolver, Unanswered
from safesend.policies.dane import Tlsa, usable
from safesend.policies.mta_sts import Mode, Policy

__all__ = ["Demand", "DemandFinder", "Floor", "Means", "Proof"]

_LOG = logging.getLogger("safesend")

E = TypeVar("E", bound=enum.StrEnum)


class Proof(enum.IntEnum):
    """What a line proves; each more than the one before."""

    NOTHING = 0
    """It may be in clear, if the server offers no TLS."""
    ENCRYPTED = 1
    """TLS, with whoever answers."""
    NAMED = 2
    """TLS, and an authority vouches for the host's name."""
    RECORDED = 3
    """TLS, and the server's key is the one in DNS, proved by DNSSEC."""


class Means(enum.StrEnum):
    """By what a line to a mail server may be protected."""

    DANE = "dane"
    MTA_STS = "mta-sts"
    OPPORTUNISTIC = "opportunistic"


class Floor(enum.StrEnum):
    """The least that every line must prove, whatever the recipient's domain asks."""

    NONE = "none"
    ENCRYPTED = "encrypted"
    VERIFIED = "verified"
    """By DANE; or by a certificate for a host that nobody can have made up on the way:
    DNSSEC or an MTA-STS policy says that the domain's mail goes there."""


@attrs.frozen
class Demand:
    """What a line to one host must prove. Equal demands may share a line.

    `name` is the one that the server is asked for, and that its certificate must have
    where an authority vouches for it. `reason` says what asks for it, to show a person.
    `otherwise` is what will do as well if TLS cannot be had like that; None: nothing.
    """

    proof: Proof
    name: str
    records: tuple[Tlsa, ...] = attrs.field(default=(), repr=False)
    reason: str = attrs.field(default="", eq=False)
    otherwise: Demand | None = None

    @property
    def surely(self) -> Proof:
        """What is proved whatever happens."""
        return self.proof if self.otherwise is None else self.otherwise.surely


def _one(kind: type[E], given: str, what: str) -> E:
    try:
        return kind(given)
    except ValueError:
        known = ", ".join(repr(str(one)) for one in kind)
    raise ConfigurationError(f"{what} is one of {known}")


def _means(given: str | Iterable[str]) -> frozenset[Means]:
    names = given.split(",") if isinstance(given, str) else given
    means = frozenset(_one(Means, name.strip(), "tls, in a list,") for name in names)
    if not means:
        raise ConfigurationError("tls names no way at all")
    return means


def _floor(given: str) -> Floor:
    return _one(Floor, given, "the floor")


@attrs.define(eq=False)
class DemandFinder:
    """Finds out what a line to a host must prove, for the mail of a domain.

    `means` are used in the order of their strength, whatever theirs is; without
    "opportunistic", hosts for which DANE and MTA-STS say nothing get no mail. For mail
    with REQUIRETLS the floor is "verified" (RFC 8689 section 4.2.1).
    """

    resolver: Resolver
    shelf: PolicyShelf
    means: frozenset[Means] = attrs.field(default=frozenset(Means), converter=_means)
    floor: Floor = attrs.field(default=Floor.NONE, converter=_floor)

    @classmethod
    def using(
        cls,
        resolver: Resolver,
        means: str | Sequence[str] = tuple(Means),
        floor: str = Floor.NONE,
    ) -> DemandFinder:
        """With a shelf for policies of its own, filled by the same resolver."""
        return cls(resolver, PolicyShelf(resolver), means, floor)

    async def find(
        self, domain: str, host: str, *, secure: bool, port: int = 25
    ) -> Demand:
        """What a line to this host has to prove for mail to this domain.

        `secure`: DNSSEC proves that the domain's mail goes there, or that it has no MX
        and is the host itself. Raises `TransportError`, for now and not for ever, where
        the host must not be used: another one of the domain's may be.
        """
        host = host.lower().removesuffix(".")
        records: tuple[Tlsa, ...] | None = None
        if secure and Means.DANE in self.means:
            base, records = await self._recorded(host, port)
            if records:
                return Demand(Proof.RECORDED, base, records, "DANE")
        policy = await self._policy(domain)
        if policy is not None and policy.mode is Mode.ENFORCE:
            if not policy.allows(host):
                raise _barred(host, f"the MTA-STS policy of {domain} does not name it")
            return Demand(Proof.NAMED, host, reason=f"MTA-STS policy of {domain}")
        return self._without(
            domain, host, policy, secure=secure, unusable=records == ()
        )

    def _without(
        self,
        domain: str,
        host: str,
        policy: Policy | None,
        *,
        secure: bool,
        unusable: bool,
    ) -> Demand:
        """Nothing asks who the host is: what is wanted all the same."""
        if Means.OPPORTUNISTIC not in self.means:
            raise _barred(host, f"neither DANE nor MTA-STS protects mail to {domain}")
        allowed = policy is not None and policy.allows(host)
        named = Demand(Proof.NAMED, host, reason="floor")
        if self.floor is Floor.VERIFIED:
            if not (secure or allowed):
                reason = f"nothing proves that it takes the mail of {domain}"
                raise _barred(host, f"{reason} (DNSSEC or MTA-STS would)")
            return named
        least = _least(host, self.floor, unusable=unusable)
        if policy is None:
            return least
        reason = f"MTA-STS policy of {domain}, testing"
        if not allowed:
            _LOG.warning("%s does not name %s", reason, host)
            return least
        return attrs.evolve(named, reason=reason, otherwise=least)

    async def _policy(self, domain: str) -> Policy | None:
        if Means.MTA_STS not in self.means:
            return None
        policy = await self.shelf.policy(domain)
        return None if policy is None or policy.mode is Mode.NONE else policy

    async def _recorded(
        self, host: str, port: int
    ) -> tuple[str, tuple[Tlsa, ...] | None]:
        """The usable TLSA records and the name they stand under; () if none is usable.

        RFC 7672 section 2.1.3: a host whose records cannot be had is not to be used,
        as else whoever keeps them back would be rid of them. None: there are none.
        """
        try:
            for base in await self._bases(host):
                answer = await self.resolver.ask(f"_{port}._tcp.{base}", "TLSA")
                if answer.secure and answer.records:
                    return base, usable(_tlsa(answer))
        except Unanswered as error:
            raise _barred(host, f"its TLSA records cannot be had: {error}") from None
        return host, None

    async def _bases(self, host: str) -> tuple[str, ...]:
        """Under which names to look (RFC 7672 section 2.2.2).

        Where the host's own addresses are not proved, neither is what stands below; it
        is not asked for, as some nameservers fail at such a question.
        """
        addresses = await self.resolver.ask(host, "A")
        if addresses.name in ("", host):
            return (host,) if addresses.secure else ()
        if addresses.secure:
            return addresses.name, host
        alias = await self.resolver.ask(host, "CNAME")
        return (host,) if alias.secure else ()


def _tlsa(answer: Answer) -> Iterable[Tlsa]:
    record: Any
    for record in answer.records:
        yield Tlsa(record.usage, record.selector, record.mtype, bytes(record.cert))


def _least(host: str, floor: Floor, *, unusable: bool) -> Demand:
    if floor is Floor.NONE and not unusable:
        clear = Demand(Proof.NOTHING, host)
        return Demand(
            Proof.ENCRYPTED, host, reason="where it is offered", otherwise=clear
        )
    # RFC 7672 section 2.2: records that are not usable still say that there is TLS.
    reason = "DANE, no usable record" if unusable else "floor"
    return Demand(Proof.ENCRYPTED, host, reason=reason)


def _barred(host: str, why: str) -> TransportError:
    return TransportError(f"{host}: {why}; nothing is sent to it", stage=Stage.CONNECT)
