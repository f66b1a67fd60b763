"""What a line must prove is found out, and a host that may not be used is named."""

from __future__ import annotations

import pytest

from safesend.errors import ConfigurationError, TransportError
from safesend.net.demand import Demand, DemandFinder, Floor, Means, Proof
from safesend.net.policy_shelf import PolicyShelf
from safesend.net.resolver import Resolver
from safesend.policies.dane import Tlsa
from servers.dns import Zone, run_dns

from .pages import policy_page, serving
from .peer import authority, run

KEY = "3 1 1 " + "ab" * 32
RECORDS = (Tlsa(3, 1, 1, bytes.fromhex("ab" * 32)),)
DOMAIN, HOST, PLACE = "example.test", "mx.example.test", "_25._tcp.mx.example.test"
SIGNED = Zone(a=("127.0.0.1",), secure=True)
CLEAR = Demand(Proof.NOTHING, HOST)
WHERE_OFFERED = Demand(Proof.ENCRYPTED, HOST, otherwise=CLEAR)


@pytest.fixture
def dns():
    with run_dns({HOST: SIGNED}) as server:
        yield server


def found(server, *, secure=True, page=b"", means="dane,mta-sts,opportunistic", **more):
    """The demand, or the error."""
    host, floor = more.pop("host", HOST), more.pop("floor", "none")

    async def main():
        resolver = Resolver(["127.0.0.1"], port=server.port, trust_ad=True)
        context = authority().client()
        async with serving(f"mta-sts.{DOMAIN}", page) as port:
            shelf = PolicyShelf(resolver, context, port)
            finder = DemandFinder(resolver, shelf, means, floor)
            try:
                return await finder.find(DOMAIN, host, secure=secure, **more)
            except TransportError as error:
                return "for ever" if error.permanent else str(error)

    return run(main())


def publish(server, mode, *hosts):
    """The domain has a policy from now on; gives its page."""
    server.zones[f"_mta-sts.{DOMAIN}"] = Zone(txt=("v=STSv1; id=1;",))
    server.zones[f"mta-sts.{DOMAIN}"] = Zone(a=("127.0.0.1",))
    return policy_page(mode, *hosts)


def test_nothing_is_asked_for(dns):
    """Then TLS is used where it is offered, and mail goes in any case."""
    demand = found(dns)

    assert demand == WHERE_OFFERED
    assert demand.surely is Proof.NOTHING


def test_dane(dns):
    """A proved record for the port is what the server must show."""
    dns.zones[PLACE] = Zone(tlsa=(KEY,), secure=True)

    assert found(dns) == Demand(Proof.RECORDED, HOST, RECORDS)
    assert found(dns, port=2525) == WHERE_OFFERED
    assert found(dns).surely is Proof.RECORDED


def test_dane_needs_every_step_to_be_proved(dns):
    """MX, the host's address and the record (RFC 7672 section 2.1)."""
    dns.zones[PLACE] = Zone(tlsa=(KEY,), secure=True)
    assert found(dns, secure=False) == WHERE_OFFERED

    dns.zones[PLACE] = Zone(tlsa=(KEY,))
    assert found(dns) == WHERE_OFFERED

    dns.zones[PLACE] = Zone(tlsa=(KEY,), secure=True)
    dns.zones[HOST] = Zone(a=("127.0.0.1",))
    assert found(dns) == WHERE_OFFERED


def test_a_host_below_an_unsigned_zone_is_not_asked_for_records(dns):
    """Some nameservers fail at it, and mail would wait for nothing (section 2.2.2)."""
    dns.zones[HOST] = Zone(a=("127.0.0.1",))
    dns.zones[PLACE] = Zone(failing=("TLSA",))

    assert found(dns) == WHERE_OFFERED
    assert dns.asked(PLACE) == 0


@pytest.mark.parametrize("name", [HOST, PLACE])
def test_who_keeps_records_back_is_not_rid_of_them(dns, name):
    """A failed answer bars the host for now (section 2.1.3)."""
    dns.zones[name] = Zone(failing=("A", "TLSA"), secure=True)

    assert "TLSA records cannot be had" in found(dns)


def test_records_that_nobody_can_use(dns):
    """They still say that there is TLS, with whoever answers (section 2.2)."""
    unusable = tuple(f"{kind} {'ab' * 32}" for kind in ("2 0 1", "1 1 1", "3 9 1"))
    dns.zones[PLACE] = Zone(tlsa=unusable, secure=True)

    assert found(dns) == Demand(Proof.ENCRYPTED, HOST)
    assert found(dns, floor="verified") == Demand(Proof.NAMED, HOST)
    assert "neither DANE" in found(dns, means="dane")


def test_another_name_of_a_host(dns):
    """Records stand under the name at the end, or under the first (section 2.2.2)."""
    dns.zones[HOST] = Zone(cname="real.test", secure=True)
    dns.zones["real.test"] = SIGNED
    dns.zones[PLACE] = Zone(tlsa=(KEY,), secure=True)
    assert found(dns) == Demand(Proof.RECORDED, HOST, RECORDS)

    dns.zones["_25._tcp.real.test"] = Zone(tlsa=(KEY,), secure=True)
    assert found(dns) == Demand(Proof.RECORDED, "real.test", RECORDS)


def test_another_name_that_is_not_proved(dns):
    """What stands at its end is nobody's word."""
    dns.zones[HOST] = Zone(cname="real.test")
    dns.zones["real.test"] = SIGNED
    dns.zones["_25._tcp.real.test"] = Zone(tlsa=(KEY,), secure=True)

    assert found(dns) == WHERE_OFFERED


def test_a_policy_that_is_enforced(dns):
    """Only hosts that it names, and their names are checked."""
    page = publish(dns, "enforce", HOST, "*.example.test")

    assert found(dns, page=page) == Demand(Proof.NAMED, HOST)
    assert "does not name it" in found(dns, page=page, host="a.b.example.test")
    assert found(dns, page=page, means="opportunistic") == WHERE_OFFERED


def test_dane_goes_before_a_policy(dns):
    """RFC 8461 section 2: the policy is not even asked for."""
    page = publish(dns, "enforce", "other.test")
    dns.zones[PLACE] = Zone(tlsa=(KEY,), secure=True)

    assert found(dns, page=page).proof is Proof.RECORDED
    assert dns.asked(f"_mta-sts.{DOMAIN}") == 0


def test_a_policy_that_is_tried_out(dns, caplog):
    """The name is checked; what does not fit is told, and mail goes all the same."""
    page = publish(dns, "testing", HOST)

    named = Demand(Proof.NAMED, HOST, otherwise=WHERE_OFFERED)
    assert found(dns, page=page) == named
    assert found(dns, page=page, floor="encrypted").surely is Proof.ENCRYPTED
    assert not caplog.messages
    assert found(dns, page=page, host="b.test") == Demand(
        Proof.ENCRYPTED, "b.test", otherwise=Demand(Proof.NOTHING, "b.test")
    )
    assert "does not name b.test" in caplog.text


def test_a_policy_that_is_withdrawn(dns):
    """mode: none is as if there were none."""
    assert found(dns, page=publish(dns, "none")) == WHERE_OFFERED


def test_the_floor(dns):
    """Never less, whatever the domain asks for."""
    assert found(dns, floor="encrypted") == Demand(Proof.ENCRYPTED, HOST)
    assert found(dns, floor="verified") == Demand(Proof.NAMED, HOST)
    assert "nothing proves" in found(dns, floor="verified", secure=False)

    page = publish(dns, "testing", HOST)
    named = Demand(Proof.NAMED, HOST)
    assert found(dns, page=page, floor="verified", secure=False) == named


def test_without_opportunism_strangers_get_no_mail(dns):
    """Only hosts whose way is protected do."""
    assert "neither DANE nor MTA-STS" in found(dns, means="dane,mta-sts")


def test_means_and_floor_are_named():
    """Others are told what there is."""
    resolver = Resolver(["127.0.0.1"])
    finder = DemandFinder.using(resolver, ["dane", " mta-sts "], "encrypted")

    assert finder.means == {Means.DANE, Means.MTA_STS}
    assert finder.floor is Floor.ENCRYPTED
    for means, floor in (("starttls", "none"), ((), "none"), ("dane", "high")):
        with pytest.raises(ConfigurationError):
            DemandFinder.using(resolver, means, floor)
