"""The URL of direct delivery, and what its settings may be."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from typing import Any

import attrs

from safesend.errors import ConfigurationError
from safesend.transports.smtp_url import notify

__all__ = [
    "Nameservers",
    "check_dnssec",
    "read_mx_url",
    "read_nameservers",
]


def _flag(text: str) -> bool:
    return bool(("0", "1").index(text))


def _notify(text: str) -> str | None:
    return notify({"notify": text})


_KINDS: dict[str, Callable[[str], Any]] = {
    "floor": str,
    "helo": str,
    "max_messages": int,
    "nameservers": str,
    "notify": _notify,
    "port": int,
    "require_tls_path": _flag,
    "source_address": str,
    "timeout": float,
    "tls": str,
    "trust_ad": _flag,
}
_DNS = 53
_LIKE = "direct delivery is mx://?helo=mail.example.org"


@attrs.frozen
class Nameservers:
    """IP addresses, all asked at one port; None: those of the system."""

    addresses: tuple[str, ...] | None = None
    port: int = _DNS

    @property
    def near(self) -> bool:
        """Whether all are named, and on this machine, so that nobody sits between.

        What the system asks may pass on what somebody far away says of DNSSEC, whatever
        its address (systemd's stub, Docker's, dnsmasq, dnscrypt-proxy): whoever names
        it says that it validates.
        """
        return bool(self.addresses) and all(
            ipaddress.ip_address(address).is_loopback
            for address in self.addresses or ()
        )


def read_nameservers(given: Any) -> Nameservers:
    """("192.0.2.53",), "192.0.2.53,192.0.2.54", "127.0.0.1:5353", "[::1]:5353"."""
    if given is None or isinstance(given, Nameservers):
        return given or Nameservers()
    texts = given.split(",") if isinstance(given, str) else [*given]
    try:
        found = [_nameserver(text.strip()) for text in texts]
    except (AttributeError, ValueError):
        found = []
    if not found or len({port for _, port in found}) > 1:
        raise ConfigurationError(
            "nameservers are IP addresses, 192.0.2.53,192.0.2.54; all have one port,"
            " which may stand behind: 127.0.0.1:5353"
        )
    return Nameservers(tuple(address for address, _ in found), found[0][1])


def check_dnssec(means: Sequence[str], *, verified: bool) -> None:
    """For nameservers that are not believed: whether anything can be proved at all.

    `verified`: whether the floor is. Raises `ConfigurationError`.
    """
    if "mta-sts" in means or ("opportunistic" in means and not verified):
        return
    raise ConfigurationError(
        f"tls={','.join(means)!r}{' with a verified floor' if verified else ''} needs"
        " DNSSEC, and no nameserver is believed in it: every message would wait. Name"
        " one that validates, on this machine: nameservers='127.0.0.1'; or say that"
        " those you use do, over a line that nobody can change: trust_ad=True"
    )


def _nameserver(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if host and (host.startswith("[") or ":" not in host):
        return str(ipaddress.ip_address(host.strip("[]"))), int(port)
    return str(ipaddress.ip_address(text.strip("[]"))), _DNS


def read_mx_url(url: str) -> dict[str, Any]:
    """The settings in `mx://?helo=mail.example.org&port=25`.

    Raises `ConfigurationError`, which repeats nothing that could be secret.
    """
    from urllib.parse import parse_qsl, urlsplit  # noqa: PLC0415 - only for URLs

    try:
        parts = urlsplit(url)
    except ValueError:
        raise ConfigurationError(_LIKE) from None
    if parts.netloc or parts.path not in {"", "/"} or parts.fragment:
        raise ConfigurationError(
            f"{_LIKE}: no host, user or path, as each recipient's domain has its own"
        )
    settings: dict[str, Any] = {}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name not in _KINDS:
            known = ", ".join(_KINDS)
            raise ConfigurationError(f"no option is called {name!r}; known are {known}")
        if name in settings or not value:
            raise ConfigurationError(f"the option {name!r} needs exactly one value")
        settings[name] = _value(name, value)
    return settings


def _value(name: str, value: str) -> Any:
    try:
        return _KINDS[name](value)
    except ValueError:
        reason = f"the option {name!r} is a number (1 is yes)"
    raise ConfigurationError(reason)
