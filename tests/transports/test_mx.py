"""Direct delivery, as a campaign sees it."""

from __future__ import annotations

import asyncio
import hashlib
import os
import ssl
import time
from collections import Counter

import attrs
import pytest

from net.pages import policy_page, web_server
from net.peer import authority
from safesend import Campaign, Recipient, Template
from safesend.delivery import Deferred, Stage
from safesend.engine.events import Noted
from safesend.errors import ConfigurationError, TransportError
from safesend.redaction import Secret
from safesend.testing import make_envelopes
from safesend.testing.certificates import Certificates
from safesend.transports import (
    MxTransport,
    Navigator,
    Transport,
    failover,
    open_transport,
)
from safesend.transports.base import Careful
from servers.dns import Zone
from transports.net_of_servers import DEAD, internet


@pytest.fixture
def net():
    with internet() as made:
        yield made


def campaign(*addresses):
    """A letter to these."""
    return Campaign(
        name="direct",
        sender="News <news@example.org>",
        template=Template(subject="Hello", text="For {{ name }} alone."),
        audience=[Recipient(address, name=address[:4]) for address in addresses],
    )


def send(net, *addresses, transport=None, **options):
    """The report."""
    options = {"ledger": ":memory:", "deadline": 120, "auto_stop": False, **options}
    mailing = campaign(*addresses)
    return mailing.send(transport or net.transport(), **options)


class Busy:
    """A carrier of somebody's own, which puts everybody off."""

    name = "api"
    usable = True

    def route(self, _):
        return self.name

    async def connect(self, _):
        return self

    async def deliver(self, envelopes):
        for _ in envelopes:
            yield Deferred(Stage.RCPT, 451, "4.7.1", "too busy")

    async def close(self):
        pass

    def limits(self):
        return None


def copies(net):
    """How many messages came for each recipient, everywhere; each for one alone."""
    found = Counter()
    for server in net.servers.values():
        assert server.violations == []
        for message in server.messages:
            [recipient] = message.recipients
            assert f"For=20=\r\n{recipient[:4]}=\r\n alone".encode() in message.content
            found[recipient] += 1
    return found


def test_it_is_a_transport_that_finds_ways():
    """A value; its name tells who sends."""
    transport = MxTransport(helo="mail.example.org", nameservers="127.0.0.1")
    assert isinstance(transport, Transport)
    assert isinstance(transport, Navigator)
    assert transport.name == "mx://?helo=mail.example.org"
    assert transport.limits() is None
    assert transport == MxTransport(helo="mail.example.org", nameservers="127.0.0.1")
    assert attrs.evolve(transport, port=2525).name == "mx://:2525?helo=mail.example.org"


def test_it_has_a_url():
    """With all settings that a URL can hold."""
    transport = open_transport(
        "mx://?helo=mail.example.org&port=2525&tls=dane,opportunistic&floor=encrypted"
        "&nameservers=127.0.0.1:5353&source_address=192.0.2.1&max_messages=5&timeout=9"
        "&require_tls_path=1&trust_ad=1&notify=never"
    )
    assert transport == MxTransport(
        helo="mail.example.org",
        port=2525,
        tls=("dane", "opportunistic"),
        floor="encrypted",
        nameservers="127.0.0.1:5353",
        source_address="192.0.2.1",
        max_messages=5,
        timeout=9.0,
        require_tls_path=True,
        trust_ad=True,
        notify="never",
    )
    silent = open_transport("mx://?helo=mail.example.org&notify=none")
    assert isinstance(silent, MxTransport)
    assert silent.notify is None


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"helo": "localhost"}, "full name of this machine"),
        ({"helo": "[192.0.2.1]"}, "full name of this machine"),
        ({"helo": "a b.example"}, "full name of this machine"),
        ({"helo": None}, "full name of this machine"),
        ({"port": 0}, "port"),
        ({"port": "25"}, "port"),
        ({"timeout": 0}, "timeout"),
        ({"max_messages": 0}, "max_messages"),
        ({"source_address": "here"}, "source_address"),
        ({"nameservers": "ns.example"}, "nameservers"),
        ({"tls": "starttls"}, "'dane', 'mta-sts', 'opportunistic'"),
        ({"floor": "some"}, "'none', 'encrypted', 'verified'"),
        ({"notify": "always"}, "notify is 'never'"),
    ],
)
def test_settings_that_make_no_sense(settings, words):
    """Refused when they are made."""
    with pytest.raises(ConfigurationError, match=words):
        MxTransport(**{"helo": "mail.example.org", **settings})


@pytest.mark.parametrize("url", ["mx:", "mx://", "mx://?port=25"])
def test_a_url_without_our_name(url):
    """There is no default for it."""
    with pytest.raises(ConfigurationError, match=r"mx://\?helo=mail.example.org"):
        open_transport(url)


def test_there_is_no_login():
    """Nowhere."""
    with pytest.raises(ConfigurationError, match="no password"):
        MxTransport.from_url("mx://?helo=mail.example.org", password=Secret("x"))


def test_a_domain_that_was_not_looked_up_is_found_when_it_is_needed(net):
    """Also by an engine that knows of no ways."""
    server = net.server("127.0.0.2")
    net.host("mx.test", "127.0.0.2")
    net.domain("*.example", (1, "mx.test"))
    transport = net.transport()

    async def main():
        envelopes = list(make_envelopes(2))
        session = await transport.connect(transport.route(envelopes[0]))
        outcomes = [one async for one in session.deliver(envelopes)]
        await session.close()
        return [one.code for one in outcomes]

    assert asyncio.run(main()) == [250, 250]
    assert len(server.messages) == 2


def test_a_domain_that_lost_its_servers_is_told_so(net):
    """And one that got some meanwhile waits for its turn."""
    transport = net.transport()
    [envelope] = make_envelopes(1)
    route = transport.route(envelope)

    async def told(route):
        session = await transport.connect(route)
        [outcome] = [one async for one in session.deliver([envelope])]
        return outcome.enhanced

    assert asyncio.run(told("mx:nowhere:")) == "4.4.3"
    assert asyncio.run(told(route)) == "5.1.2"


def test_a_site_that_was_forgotten_is_not_guessed_from_its_name(net):
    """Its host is nobody's domain: what that one asks of TLS is another thing."""
    server = net.server("127.0.0.2")
    net.host("mx.test", "127.0.0.2")
    transport = net.transport()
    [envelope] = make_envelopes(1)

    async def told():
        session = await transport.connect("mx:mx.test:0123456789abcdef")
        return [one.enhanced async for one in session.deliver([envelope])]

    assert asyncio.run(told()) == ["4.4.3"]
    assert server.connections == 0


def test_each_domain_gets_its_mail_at_its_own_servers(net):
    """What takes none is refused without a connection, what is unknown waits."""
    net.server("127.0.0.2")
    net.server("127.0.0.3")
    net.host("one.test", "127.0.0.2")
    net.host("two.test", "127.0.0.3")
    net.domain("a.test", (1, "one.test"))
    net.domain("b.test", (1, "two.test"))
    net.domain("null.test", (0, ""))
    net.dns.zones["bad.test"] = Zone(rcode=2)
    report = send(
        net,
        *("ann1@a.test", "bob1@b.test", "eve1@null.test", "eve2@gone.test"),
        "eve3@bad.test",
    )
    assert (report.accepted, report.refused, report.waiting) == (2, 2, 1)
    assert copies(net) == {"ann1@a.test": 1, "bob1@b.test": 1}
    assert [m.recipients for m in net.servers["127.0.0.3"].messages] == [
        ("bob1@b.test",)
    ]
    assert dict(report.reasons)["refused"]


def test_domains_at_one_provider_share_sessions(net):
    """A hundred domains, and as many connections as there are lanes at most."""
    server = net.server("127.0.0.2")
    net.host("mx.test", "127.0.0.2")
    for number in range(100):
        net.domain(f"d{number}.test", (1, "mx.test"))
    report = send(net, *(f"a{n:03}@d{n}.test" for n in range(100)), lanes=2)
    assert report.accepted == 100
    assert server.connections <= 2
    assert set(copies(net).values()) == {1}


@pytest.mark.parametrize(
    "route", ["api", "", "memory", "smtp://mail.test", "mx", "mx:"]
)
def test_any_route_may_be_asked_for(route):
    """The ledger also knows of those of other carriers, of which nothing is known."""
    transport = MxTransport(helo="mail.example.org", nameservers="127.0.0.1")
    assert transport.most_sessions(route) == (10 if route == "mx:" else None)
    assert isinstance(transport, Careful)


def test_a_ledger_that_another_carrier_used_is_no_trouble(net, tmp_path):
    """What that one put off was kept by the name of its route."""
    net.domain("a.test", (10, "mx.a.test"))
    net.host("mx.a.test", "127.0.0.2")
    net.server("127.0.0.2")
    book = tmp_path / "x.db"
    early = attrs.evolve(campaign("ada@b.test"), name="early")
    assert early.send(Busy(), ledger=book, deadline=2, auto_stop=False).deferred == 1
    assert send(net, "ada@a.test", ledger=book).accepted == 1


def test_a_provider_is_asked_for_no_more_on_one_line_than_it_takes(net):
    """`max_messages`."""
    server = net.server("127.0.0.2")
    net.host("mx.test", "127.0.0.2")
    net.domain("a.test", (1, "mx.test"))
    transport = net.transport(max_messages=5)
    people = [f"a{n:03}@a.test" for n in range(20)]
    assert send(net, *people, transport=transport, lanes=1).accepted == 20
    assert server.connections == 4


def test_many_routes_of_one_message_cost_no_idle_lanes(net):
    """Sixty sites, each with a host of its own; a lane gives up its place at once."""
    net.server("127.0.0.2")
    for number in range(60):
        net.host(f"mx{number}.test", "127.0.0.2")
        net.domain(f"d{number}.test", (1, f"mx{number}.test"))
    began = time.monotonic()
    report = send(net, *(f"a{n:03}@d{n}.test" for n in range(60)), lanes=4)
    assert report.accepted == 60
    assert time.monotonic() - began < 40


def test_dead_servers_do_not_starve_the_others(net):
    """They cost their time-out in a lane; everybody else has the mail meanwhile."""
    net.black_hole()
    net.server("127.0.0.2")
    net.host("mx.test", "127.0.0.2")
    for number in range(24):
        name = f"mx{number}.test"
        net.host(name, DEAD if number % 3 == 0 else "127.0.0.2")
        net.domain(f"d{number}.test", (1, name))
    net.domain("first.test", (1, "mx.test"))
    transport = net.transport(timeout=4.0)
    people = ["aaaa@first.test", *(f"a{n:03}@d{n}.test" for n in range(24))]
    began = time.monotonic()
    report = send(net, *people, transport=transport, lanes=8)
    assert (report.accepted, report.deferred) == (17, 8)
    assert time.monotonic() - began < 20
    assert set(copies(net).values()) == {1}


def test_a_network_that_lets_nothing_out_ends_the_run(net):
    """With a reason that a person can act on; every row keeps its turn."""
    for number in range(30):
        net.host(f"mx{number}.test", f"127.0.1.{number + 1}")
        net.domain(f"d{number}.test", (1, f"mx{number}.test"))
    with pytest.raises(TransportError, match="lets nothing out"):
        send(net, *(f"a{n:03}@d{n}.test" for n in range(30)))


def test_a_server_that_refuses_us_rests_and_the_others_go_on(net):
    """Its route is paused for hours; nobody is lost."""
    net.server("127.0.0.2")
    net.server("127.0.0.3").reply("connect", "554 5.7.1 not you")
    net.host("one.test", "127.0.0.2")
    net.host("two.test", "127.0.0.3")
    net.domain("a.test", (1, "one.test"))
    net.domain("b.test", (1, "two.test"))
    people = [f"a{n:03}@{'ab'[n % 2]}.test" for n in range(20)]
    report = send(net, *people, deadline=8)
    assert (report.accepted, report.waiting, report.refused) == (10, 10, 0)
    assert net.servers["127.0.0.3"].connections <= 2  # two lanes to begin with


def test_dns_that_knows_nobody_is_not_believed(net):
    """Not even the sender's domain exists: everybody waits, and is asked for again."""
    net.server("127.0.0.2")
    del net.dns.zones["example.org"]
    report = send(net, "ann1@a.test", "bob1@b.test")
    assert (report.refused, report.waiting) == (0, 2)
    [(reason, _)] = report.reasons["waiting"]
    assert "not even the sender's" in reason


def test_below_the_floor_nothing_leaves(net):
    """It waits, and the report says for what."""
    server = net.server("127.0.0.2")
    net.host("mx.test", "127.0.0.2")
    net.domain("a.test", (1, "mx.test"))
    report = send(net, "ann1@a.test", transport=net.transport(floor="verified"))
    assert (report.accepted, report.waiting) == (0, 1)
    [(reason, _)] = report.reasons["waiting"]
    assert reason.startswith("451 4.7.5")
    assert server.messages == []


HOST = "mx.secure.test"


def _tlsa(certificate: bytes) -> str:
    """The record of a server's own certificate: 3 0 1."""
    return f"3 0 1 {hashlib.sha256(certificate).hexdigest()}"


def _shown(certificates) -> bytes:
    """The certificate (DER) that a server with these shows."""
    pem = certificates._own.cert_chain_pems[0].bytes().decode()
    return ssl.PEM_cert_to_DER_cert(pem)


def _recorded(net, certificate: bytes) -> None:
    """A domain whose server and its certificate are proved by DNSSEC."""
    net.domain("secure.test", (1, HOST), secure=True)
    net.dns.zones[HOST] = Zone(a=("127.0.0.2",), secure=True)
    net.dns.zones[f"_{net.port}._tcp.{HOST}"] = Zone(
        tlsa=(_tlsa(certificate),), secure=True
    )


def test_a_server_that_its_records_name_gets_mail(net):
    """By DANE, whoever signed the certificate, and the ledger keeps that."""
    certificates = Certificates("other.test", expired=True)
    server = net.server("127.0.0.2", tls="starttls", certificates=certificates)
    _recorded(net, _shown(certificates))
    transport = net.transport(floor="verified")

    async def security():
        [envelope] = make_envelopes(["ann1@secure.test"])
        await transport.look_up([envelope])
        session = await transport.connect(transport.route(envelope))
        await session.close()
        return session.security

    assert "by DANE" in asyncio.run(security())
    report = send(net, "ann1@secure.test", transport=transport)
    assert (report.accepted, len(server.messages)) == (1, 1)


def test_a_server_that_its_records_do_not_name_gets_nothing(net):
    """A certificate that all authorities vouch for helps nobody in the middle."""
    certificates = Certificates(HOST)
    server = net.server("127.0.0.2", tls="starttls", certificates=certificates)
    _recorded(net, b"another certificate")
    transport = net.transport(tls_context=certificates.client_context())
    report = send(net, "ann1@secure.test", transport=transport)
    assert (report.accepted, report.waiting, server.messages) == (0, 1, [])
    [(reason, _)] = report.reasons["waiting"]
    assert reason.startswith("451 4.7.5")
    assert "DANE" in reason


@pytest.fixture
def policed(net):
    """A domain with a policy that is enforced, which names one host."""
    page = policy_page("enforce", "mx.named.test")
    place = "127.7.{}.{}".format(*divmod(os.getpid() % 60_000, 250))
    net.domain("named.test", (1, "mx.named.test"), (2, "mx.strange.test"))
    net.dns.zones["_mta-sts.named.test"] = Zone(txt=("v=STSv1; id=1;",))
    net.host("mta-sts.named.test", place)
    net.host("mx.named.test", "127.0.0.2")
    net.host("mx.strange.test", "127.0.0.3")
    pages = {"/.well-known/mta-sts.txt": page}
    try:
        with web_server("mta-sts.named.test", pages, (place, 443)):
            yield net
    except PermissionError:
        pytest.skip("port 443 is for root only; MTA-STS knows no other")


@pytest.mark.parametrize("right", [True, False])
def test_a_policy_says_which_servers_get_mail(policed, right):
    """With a certificate for their name, and no other server."""
    name = "mx.named.test" if right else "other.test"
    certificates = Certificates(name)
    named = policed.server("127.0.0.2", tls="starttls", certificates=certificates)
    strange = policed.server("127.0.0.3")
    trusted = authority().client()
    trusted.load_verify_locations(cadata=certificates.ca_pem.decode())
    transport = policed.transport(tls_context=trusted)
    report = send(policed, "ann1@named.test", transport=transport)
    assert (report.accepted, report.waiting) == ((1, 0) if right else (0, 1))
    assert (len(named.messages), strange.messages) == (int(right), [])
    if not right:
        [(reason, _)] = report.reasons["waiting"]
        assert reason.startswith("451 4.7.5")


@pytest.mark.parametrize(
    ("settings", "trusts"),
    [
        ({"nameservers": "127.0.0.1"}, True),
        ({"nameservers": "192.0.2.53"}, False),
        ({"nameservers": "192.0.2.53", "trust_ad": True}, True),
        ({"nameservers": "127.0.0.1", "trust_ad": False}, False),
        ({}, False),
        ({"trust_ad": True}, True),
    ],
)
def test_it_says_whether_it_believes_in_dnssec(settings, trusts):
    """
    By itself only named ones of this machine, whatever the system asks.
    """
    assert MxTransport(helo="mail.example.org", **settings).trusts_ad is trusts


def test_without_a_believed_nameserver_it_says_that_there_is_no_dane():
    """
    At the beginning of a run, and how to have it; not where nobody wants it.
    """
    far = {"helo": "mail.example.org", "nameservers": "192.0.2.53"}

    limits = MxTransport(**far).limits()

    assert limits is not None
    [note] = limits.notes
    assert "DANE is off" in note
    assert "name it: nameservers=127.0.0.1" in note
    assert "trust_ad=1" in note
    own = MxTransport(helo="mail.example.org")
    assert own.limits() == limits
    assert MxTransport(**far, tls="mta-sts,opportunistic").limits() is None
    assert MxTransport(**far, trust_ad=True).limits() is None
    assert MxTransport(**far, trust_ad=False).limits() is None


def test_a_run_tells_that_there_is_no_dane(net):
    """
    Also where direct delivery is one of several ways.
    """
    net.domain("a.test", (10, "mx.a.test"))
    net.host("mx.a.test", "127.0.0.2")
    net.server("127.0.0.2")
    # One nameserver that is not here would not be asked while the first answers.
    direct = net.transport(
        nameservers=f"127.0.0.1:{net.dns.port},192.0.2.53:{net.dns.port}"
    )
    for transport in (direct, failover(direct, "memory:")):
        heard = []
        report = send(net, "ada@a.test", transport=transport, on_event=heard.append)
        notes = [event.note for event in heard if isinstance(event, Noted)]
        assert report.accepted == 1
        assert ["DANE is off" in note for note in notes] == [True]


@pytest.mark.parametrize(
    "settings",
    [
        {"tls": "dane"},
        {"tls": "dane", "nameservers": "127.0.0.1", "trust_ad": False},
        {"tls": "dane,opportunistic", "floor": "verified"},
        {"tls": "opportunistic", "require_tls_path": True},
    ],
)
def test_what_only_dnssec_can_prove_needs_somebody_who_proves_it(settings):
    """
    Otherwise every message would wait for ever: it is refused, with what to do.
    """
    far = {"helo": "mail.example.org", "nameservers": "192.0.2.53"}
    with pytest.raises(ConfigurationError, match="needs DNSSEC") as caught:
        MxTransport(**{**far, **settings})
    assert "nameservers='127.0.0.1'" in str(caught.value)
    proved = MxTransport(**{**far, **settings, "trust_ad": True})
    assert proved.trusts_ad


@pytest.mark.parametrize("settings", [{"tls": "dane,mta-sts"}, {"floor": "verified"}])
def test_what_a_policy_can_prove_as_well_needs_no_dnssec(settings):
    """
    MTA-STS is asked for all the same.
    """
    assert not MxTransport(
        helo="mail.example.org", nameservers="192.0.2.53", **settings
    ).trusts_ad


def test_what_is_reported_can_be_chosen(net):
    """
    As with a relay.
    """
    net.domain("a.test", (10, "mx.a.test"))
    net.host("mx.a.test", "127.0.0.2")
    server = net.server("127.0.0.2", dsn=True)
    for notify in ("never", None):
        send(net, "ada@a.test", transport=net.transport(notify=notify))
    assert [one.wishes.get("NOTIFY") for one in server.transactions] == ["NEVER", None]


def test_a_provider_gets_no_more_than_it_is_known_to_bear(net):
    """
    One session first, then more; on each so many messages, in a failover as well.
    """
    net.domain("a.test", (10, "mx.orange.fr"))
    net.domain("b.test", (10, "mx01.mail.icloud.com"))
    net.host("mx.orange.fr", "127.0.0.2")
    net.host("mx01.mail.icloud.com", "127.0.0.3")
    orange, icloud = net.server("127.0.0.2"), net.server("127.0.0.3")
    orange.limit_connections(2)
    people = [f"p{number:03}@{host}.test" for number in range(40) for host in "ab"]
    for transport in (net.transport(), failover(net.transport(), "memory:")):
        report = send(net, *people, transport=transport, lanes=20)
        assert report.accepted == 80
    assert orange.turned_away["limit_connections"] == 0
    assert max(Counter(one.connection for one in icloud.messages).values()) == 5
    assert max(Counter(one.connection for one in orange.messages).values()) > 5
