"""Which provider takes the mail of a domain: a table, and the ends of MX host names.

Gmail counts its limits by who receives, not by the domain of the address
(https://support.google.com/mail/answer/81126), and so do the others: what may go in a
minute, and who is left alone for a while, is settled for each provider.
"""

from __future__ import annotations

import difflib
import functools
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import attrs

from safesend.errors import AddressError, ConfigurationError
from safesend.message.address import Address
from safesend.redaction import mask_text

__all__ = ["Manners", "Providers", "builtin"]

_TABLE = Path(__file__).with_suffix(".toml")
_UNKNOWN = "it is in no table; give it domains under providers, or name a domain"
# Without a dot: no name can be taken for a domain that has no provider.
_name = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}", re.ASCII).fullmatch


@attrs.frozen
class Manners:
    """How servers are begun with: no more than is known to be borne from a stranger."""

    connections: int = 10
    per_connection: int | None = None
    """Messages; None: nothing is known."""


@attrs.frozen
class Providers:
    """The known providers: `names`, and to whom a domain or its MX hosts belong."""

    names: tuple[str, ...]
    _domains: Mapping[str, str] = attrs.field(repr=False)
    _endings: Mapping[str, str] = attrs.field(repr=False)
    _manners: Mapping[str, Manners] = attrs.field(repr=False, factory=dict)

    @property
    def domains(self) -> tuple[str, ...]:
        """Every domain in the table, in its order."""
        return tuple(self._domains)

    def of(self, domain: str) -> str:
        """The provider of a domain; the domain itself, in lower case, if it has none.

        Domains are compared as an `Address` has them, in A-labels.
        """
        lowered = domain.lower()
        return self._domains.get(lowered, lowered)

    def of_mx(self, hosts: Sequence[str]) -> str | None:
        """The provider of a domain with these MX hosts, the preferred one first.

        Mail goes to the first: what stands behind a filter, or as a second way in, is
        not looked at.
        """
        host = hosts[0].lower().rstrip(".") if hosts else ""
        while host:
            if (name := self._endings.get(host)) is not None:
                return name
            host = host.partition(".")[2]
        return None

    def manners(self, host: str) -> Manners:
        """How servers with this MX host are begun with; anybody's own where unknown."""
        return self._manners.get(self.of_mx((host,)) or "", _USUAL)

    def check_name(self, name: str) -> None:
        """Refuse a name under which no domain can be: what it is told stays idle.

        A domain without a provider is its own, so a domain is a name too. Raises
        `ConfigurationError`.
        """
        if name in self.names:
            return
        if "." in name:
            if (owner := self.of(name)) == name:
                return
            reason = f"{name} belongs to the provider {owner!r}; write that"
        else:
            near = difflib.get_close_matches(name, self.names, n=1)
            reason = f"did you mean {near[0]!r}?" if near else _UNKNOWN
        raise ConfigurationError(f"{_shown(name)} names no provider; {reason}")

    def extended(self, added: Mapping[str, Iterable[str]]) -> Providers:
        """These and your own: `{"council": ["council.example", "school.example"]}`.

        A domain that stands in the table too is yours from now on; under a name that is
        known already, the domains are added to it. Raises `ConfigurationError`.
        """
        yours: dict[str, str] = {}
        for name, domains in added.items():
            for domain in _checked(name, domains):
                if yours.setdefault(domain, name) != name:
                    raise ConfigurationError(
                        f"the domain {domain!r} is given to the providers"
                        f" {yours[domain]!r} and {name!r}; it can belong to one"
                    )
        names = dict.fromkeys([*self.names, *added])
        return attrs.evolve(
            self, names=tuple(names), domains={**self._domains, **yours}
        )


_USUAL = Manners()


def _checked(name: object, domains: object) -> list[str]:
    if not isinstance(name, str) or not _name(name):
        raise ConfigurationError(
            f"{_shown(name)} is no name for a provider; write a short one in small"
            " letters, digits and hyphens, without a dot: 'council'"
        )
    if isinstance(domains, str) or not isinstance(domains, Iterable):
        raise ConfigurationError(
            f"the domains of the provider {name!r} are a list of texts:"
            " ['council.example', 'school.example']"
        )
    return [_domain(name, domain) for domain in domains]


def _domain(name: str, domain: object) -> str:
    """As an address has it: in lower case and A-labels."""
    try:
        return Address.parse(f"postmaster@{domain}").domain
    except AddressError:
        raise ConfigurationError(
            f"the provider {name!r} is given {_shown(domain)}, which is no domain; give"
            " what stands after the @ of an address, and only that"
        ) from None


def _shown(value: object) -> str:
    return mask_text(repr(value))


@functools.cache
def builtin() -> Providers:
    """The providers that safesend knows (`providers.toml`)."""
    table = tomllib.loads(_TABLE.read_text("utf-8"))
    domains, endings = (
        {entry: name for name, one in table.items() for entry in one.get(key, ())}
        for key in ("domains", "mx")
    )
    known = {field.name for field in attrs.fields(Manners)}
    manners = {
        name: Manners(**{key: one[key] for key in known & one.keys()})
        for name, one in table.items()
    }
    return Providers(tuple(table), domains, endings, manners)
