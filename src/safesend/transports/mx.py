"""Direct delivery: to the mail servers of each recipient's domain, without a relay."""

from __future__ import annotations

import functools
import ipaddress
import ssl
from collections.abc import Sequence
from typing import Any, Self

import attrs

from safesend.delivery import Outcome
from safesend.errors import ConfigurationError, LocalProtocolError
from safesend.message.envelope import Envelope
from safesend.net.demand import DemandFinder, Floor
from safesend.net.policy_shelf import PolicyShelf
from safesend.net.reach import Contexts
from safesend.net.resolver import Resolver
from safesend.net.tls import check_context
from safesend.redaction import Secret
from safesend.smtp.command import check_name
from safesend.smtp.dsn import NOTIFY
from safesend.transports.base import Limits, Session
from safesend.transports.mx_caller import Caller, Unreachable
from safesend.transports.mx_map import NOWHERE, MxMap, Way
from safesend.transports.mx_plan import lost_way, manners
from safesend.transports.mx_settings import (
    Nameservers,
    check_dnssec,
    read_mx_url,
    read_nameservers,
)
from safesend.transports.mx_told import ToldSession
from safesend.transports.smtp_line import settled_notify

__all__ = ["MxTransport"]

_DAY = 86400.0
_MEANS = ("dane", "mta-sts", "opportunistic")
_POLICY_PATIENCE = 10.0
"""Seconds for a policy's page: a domain that cannot show it has none."""
_WITHOUT_DANE = (
    "DANE is off, as no nameserver is believed in DNSSEC. If the one on this machine"
    " validates, name it: nameservers=127.0.0.1; or say that those you use do, over a"
    " line that nobody can change: trust_ad=1. tls=mta-sts,opportunistic goes without"
)


def _means(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = value.split(",")
    return tuple(dict.fromkeys(str(name).strip() for name in value))


@attrs.frozen(kw_only=True)
class MxTransport:
    """Delivers to the mail servers of the recipients' domains (RFC 5321 section 5).

    `helo`: the name of this machine in EHLO; it has to resolve to the address from
    which the mail comes, and that address back to it. `tls`: by what a line is
    protected, of "dane", "mta-sts" and "opportunistic"; `floor`: the least that any
    line must prove, "none", "encrypted" or "verified"; below it mail waits. DANE needs
    a nameserver that validates DNSSEC: it is believed where you name `nameservers` and
    all are on this machine, or with `trust_ad`; the system's never by themselves. Else
    the run says that there is no DANE, and `tls="dane"` is refused. `tls_context`: for
    an authority of your own. `timeout`: seconds, replaces RFC 5321's for every reply.
    `max_messages`: on one connection; fewer where a provider is known to bear no more.
    `source_address`: the local IP to send from. `require_tls_path`: only to servers
    that offer REQUIRETLS (RFC 8689), and with the floor "verified". `notify`: what
    servers with DSN are to report, as `SmtpTransport` has it.
    """

    helo: str
    port: int = 25
    tls: tuple[str, ...] = attrs.field(default=_MEANS, converter=_means)
    floor: str = "none"
    nameservers: Nameservers = attrs.field(default=None, converter=read_nameservers)
    trust_ad: bool | None = None
    tls_context: ssl.SSLContext | None = attrs.field(default=None, repr=False)
    source_address: str | None = None
    max_messages: int | None = 100
    timeout: float | None = None
    require_tls_path: bool = False
    notify: str | None = attrs.field(default=NOTIFY, converter=settled_notify)
    _resolver: Resolver = attrs.field(init=False, repr=False, eq=False)
    _map: MxMap = attrs.field(init=False, repr=False, eq=False)
    _caller: Caller = attrs.field(init=False, repr=False, eq=False)

    @_resolver.default
    def _own_resolver(self) -> Resolver:
        servers, trusted = self.nameservers, self.trusts_ad
        return Resolver(servers.addresses, port=servers.port, trust_ad=trusted)

    @_map.default
    def _own_map(self) -> MxMap:
        shelf = PolicyShelf(self._resolver, self.tls_context, timeout=_POLICY_PATIENCE)
        # RFC 8689 section 4.2.1: the host's name must be proved, and its certificate.
        floor = Floor.VERIFIED if self._is_verified else self.floor
        finder = DemandFinder(self._resolver, shelf, ",".join(self.tls), floor)
        own = frozenset({str(self.helo).lower()})
        return MxMap(self._resolver, finder, self.port, own)

    @_caller.default
    def _own_caller(self) -> Caller:
        return Caller(
            self._resolver,
            Contexts(self.tls_context),
            self.helo,
            self.port,
            self.timeout,
            self.source_address,
            self.max_messages,
            self.require_tls_path,
            self.notify,
        )

    def __attrs_post_init__(self) -> None:
        _check_helo(self.helo)
        _check_line(self)
        if not self.trusts_ad:
            check_dnssec(self.tls, verified=self._is_verified)
        if self.tls_context is not None:
            check_context(self.tls_context)

    @classmethod
    def from_url(cls, url: str, *, password: str | Secret | None = None) -> Self:
        """`mx://?helo=mail.example.org`, with these settings but the `tls_context`.

        Several values stand behind one another: `&tls=dane,opportunistic`. Raises
        `ConfigurationError`.
        """
        if password is not None:
            raise ConfigurationError("direct delivery logs in nowhere: no password")
        settings = read_mx_url(url)
        if "helo" not in settings:
            raise ConfigurationError(
                "direct delivery needs the name of this machine in the internet:"
                " mx://?helo=mail.example.org"
            )
        return cls(**settings)

    @functools.cached_property
    def name(self) -> str:
        """Where it leads: to many, so the name is that of who sends."""
        port = "" if self.port == 25 else f":{self.port}"  # noqa: PLR2004
        return f"mx://{port}?helo={self.helo}"

    @property
    def trusts_ad(self) -> bool:
        """Whether what the nameservers say of DNSSEC is believed."""
        return self.nameservers.near if self.trust_ad is None else self.trust_ad

    @property
    def _is_verified(self) -> bool:
        return self.require_tls_path or self.floor == Floor.VERIFIED

    def limits(self) -> Limits | None:
        """Each domain has its own, and tells them by refusing.

        A note where DANE is wanted and cannot be had.
        """
        if "dane" in self.tls and self.trust_ad is None and not self.trusts_ad:
            return Limits(notes=(_WITHOUT_DANE,))
        return None

    async def look_up(self, envelopes: Sequence[Envelope]) -> None:
        """Find the ways to the domains of these that are not known."""
        domains = (envelope.recipient.domain for envelope in envelopes)
        senders = {envelope.sender.rpartition("@")[2] for envelope in envelopes}
        await self._map.learn(domains, min(senders, default=""))

    def route(self, envelope: Envelope) -> str:
        """The mail servers of its domain; domains with the same ones share sessions."""
        domain = envelope.recipient.domain
        way = self._map.way(domain)
        return f"mx:{domain}" if way is None else way.route

    def most_sessions(self, route: str) -> int | None:
        """So many as is known to be borne there, or 10; None of what is not its own."""
        return manners(route).connections if route.startswith("mx:") else None

    async def connect(self, route: str) -> Session:
        """A session with the first server of the route that takes us.

        Where there is none the session tells each envelope why. Raises
        `TransportError` only where nothing at all can be reached.
        """
        way, (name, *more) = self._map.site(route), route.split(":")[1:]
        if way is None and not more:
            # What stands in the name of a site is a host, and nobody's domain.
            await self._map.learn([name])
            way = self._map.way(name)
        if way is None or way.route == NOWHERE:
            return ToldSession(self._without_server)
        return await self._session(way, name)

    async def _session(self, way: Way, domain: str) -> Session:
        try:
            return await self._caller.session(way, domain)
        except Unreachable as error:
            outcome = error.outcome
        return ToldSession(lambda _: outcome)

    def _without_server(self, envelope: Envelope) -> Outcome:
        way = self._map.way(envelope.recipient.domain)
        if way is None or way.plan.outcome is None:
            return lost_way("its way has changed; it is looked up anew", "4.4.3")
        return way.plan.outcome


def _check_helo(helo: str) -> None:
    reason = (
        "helo is the full name of this machine in the internet, to which the address it"
        " sends from leads back: mail.example.org"
    )
    try:
        check_name(helo)
    except (LocalProtocolError, TypeError):
        raise ConfigurationError(reason) from None
    if "." not in helo.strip(".") or helo.startswith("["):
        raise ConfigurationError(reason)


def _check_line(transport: MxTransport) -> None:
    port, most = transport.port, transport.max_messages
    if type(port) is not int or not 0 < port < 65536:  # noqa: PLR2004
        raise ConfigurationError("the port is a number from 1 to 65535")
    if transport.timeout is not None and not 0 < transport.timeout <= _DAY:
        raise ConfigurationError(
            "the timeout is a number of seconds, above 0 and at most a day"
        )
    if most is not None and (type(most) is not int or most < 1):
        raise ConfigurationError("max_messages is at least 1, or None")
    if transport.source_address is not None:
        try:
            ipaddress.ip_address(transport.source_address)
        except ValueError:
            raise ConfigurationError(
                "source_address is an IP address of this machine"
            ) from None
