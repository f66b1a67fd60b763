"""A real validating resolver (unbound) over zones that are signed here.

What it says of DNSSEC is its own judgement: it has the zones' keys as trust anchors,
and is told nothing else of them.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator, Mapping

import attrs
import dns.dnssec
import dns.dnssectypes
import dns.name
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ec

from servers.process import Daemon, folder, free_port, program, started

__all__ = ["SignedZone", "Unbound", "run_unbound"]

_SERVER = """
server:
  directory: "{place}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  do-daemonize: no
  interface: 127.0.0.1@{port}
  module-config: "validator iterator"
  do-not-query-localhost: no
  local-zone: "test." nodefault
  val-log-level: 2
"""
_ZONE = """
auth-zone:
  name: "{name}"
  zonefile: "{file}"
  for-downstream: no
  for-upstream: yes
"""
_SOA = "@ 300 IN SOA ns hostmaster 1 3600 600 86400 300\n@ 300 IN NS ns\n"


@attrs.frozen
class SignedZone:
    """A zone's records, as in a zone file, without SOA and NS.

    `signed` or not; with `broken` (a text, and another that is put in its place after
    signing) it is what an attacker made of it.
    """

    records: str
    signed: bool = True
    broken: tuple[str, str] | None = None


@attrs.frozen
class Unbound:
    """A running resolver."""

    port: int
    daemon: Daemon


def _written(name: str, zone: SignedZone) -> tuple[str, str]:
    """The zone file, and the trust anchor if it is signed."""
    origin = dns.name.from_text(name)
    made = dns.zone.from_text(f"$TTL 300\n{_SOA}{zone.records}\n", origin=origin)
    anchor = ""
    if zone.signed:
        key = ec.generate_private_key(ec.SECP256R1())
        public = dns.dnssec.make_dnskey(
            key.public_key(),
            dns.dnssectypes.Algorithm.ECDSAP256SHA256,
            flags=257,
        )
        now = dt.datetime.now(dt.UTC)
        dns.dnssec.sign_zone(
            made,
            keys=[(key, public)],
            dnskey_ttl=300,
            inception=now - dt.timedelta(hours=1),
            expiration=now + dt.timedelta(days=1),
        )
        anchor = f'  trust-anchor: "{name}. IN DNSKEY {public.to_text()}"\n'
    text = made.to_text(relativize=False)
    if zone.broken is not None:
        before, after = zone.broken
        assert before in text
        text = text.replace(before, after)
    return text, anchor


@contextlib.contextmanager
def run_unbound(zones: Mapping[str, SignedZone]) -> Iterator[Unbound]:
    """Run it over these zones, by name."""
    unbound = program("unbound", "unbound")
    with folder("unbound") as place:
        port = free_port()
        settings, parts = _SERVER.format(place=place, port=port), ""
        for name, zone in zones.items():
            text, anchor = _written(name, zone)
            file = place / f"{name}.zone"
            file.write_text(text)
            settings += anchor
            parts += _ZONE.format(name=name, file=file)
        (place / "unbound.conf").write_text(settings + parts)
        command = [unbound, "-d", "-c", str(place / "unbound.conf")]
        daemon = started(command, port=port, log=place / "log")
        try:
            yield Unbound(port, daemon)
        finally:
            daemon.stop()
