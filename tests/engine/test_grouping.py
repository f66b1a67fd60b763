"""A row's provider is the table's word, then that of DNS, then its domain."""

import asyncio
import time

import pytest

from safesend.engine.grouping import Grouping
from safesend.net.dns import MxLookup
from safesend.policies.providers import builtin
from servers.dns import Zone, run_dns

GOOGLE = Zone(mx=((1, "aspmx.l.google.com"), (5, "alt1.aspmx.l.google.com")))


@pytest.fixture
def server():
    with run_dns({}) as running:
        yield running


def grouping(server, *, providers=None, **options):
    """A grouping that asks the tests' own nameserver."""
    lookup = MxLookup(["127.0.0.1"], port=server.port, **options)
    return Grouping(providers or builtin(), lookup)


def test_without_a_lookup_the_table_decides():
    """
    A domain that it does not know is its own provider.
    """
    names = Grouping().names(["gmail.com", "aol.com", "firm.example", "gmail.com"])
    assert names == {
        "gmail.com": "google",
        "aol.com": "yahoo",
        "firm.example": "firm.example",
    }


def test_a_hosted_domain_belongs_to_who_takes_its_mail(server):
    """
    By its MX hosts; domains of nobody known keep their own name.
    """
    server.zones |= {
        "firm.example": GOOGLE,
        "own.example": Zone(mx=((10, "mx.own.example"),)),
        "none.example": Zone(mx=((0, ""),)),
        "broken.example": Zone(rcode=2),
    }
    found = grouping(server).names([*server.zones, "gone.example"])
    assert found == {
        "firm.example": "google",
        "own.example": "own.example",
        "none.example": "none.example",
        "broken.example": "broken.example",
        "gone.example": "gone.example",
    }


def test_nobody_is_asked_about_what_the_table_knows(server):
    """
    Your own groups are known as well.
    """
    providers = builtin().extended({"council": ["council.example"]})
    names = grouping(server, providers=providers).names(
        ["gmail.com", "council.example"]
    )
    assert names == {"gmail.com": "google", "council.example": "council"}
    assert server.queries == []


def test_a_domain_is_asked_for_once_in_many_batches(server):
    """
    The answers are kept, though each batch has an event loop of its own.
    """
    domains = [f"d{n}.example" for n in range(4)]
    server.zones |= dict.fromkeys(domains, GOOGLE)
    groups = grouping(server, concurrency=1)
    for last in (2, 4, 4):
        names = groups.names(domains[:last])
        assert names == dict.fromkeys(domains[:last], "google")
    assert len(server.queries) == 4


def test_it_works_in_the_thread_of_an_enrolment(server):
    """
    An event loop may run elsewhere in the process.
    """
    server.zones["firm.example"] = GOOGLE

    async def main():
        return await asyncio.to_thread(grouping(server).names, ["firm.example"])

    assert asyncio.run(main()) == {"firm.example": "google"}


def test_a_network_without_dns_holds_nobody_up_for_long(server):
    """
    The domains are then their own providers.
    """
    domains = [f"d{n}.example" for n in range(200)]
    server.zones |= dict.fromkeys(domains, Zone(silent=True))
    began = time.monotonic()
    names = grouping(server, timeout=0.2, concurrency=2).names(domains)
    assert names == {domain: domain for domain in domains}
    assert time.monotonic() - began < 10
