"""engine/outlook.py: asking all of it at once."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import threading

import pytest

from engine.fleet import people
from safesend import Campaign, Dkim, Recipient, Template
from safesend.engine.outlook import Look, look_ahead
from safesend.errors import ConfigurationError
from safesend.message.dkim_key import new_key
from safesend.preflight import Finding, Grade, worst
from safesend.preflight.titles import TITLES
from safesend.testing import SmtpServer
from safesend.transports import (
    MemoryTransport,
    MxTransport,
    SmtpTransport,
    failover,
    open_transport,
)
from servers.dns import Zone, run_dns
from transports.net_of_servers import internet

LETTER = Template(subject="Hello {{ name }}", text="Dear {{ name }}")


def _campaign(**options):
    return Campaign(
        **{
            "name": "fair",
            "sender": "fair@example.org",
            "template": LETTER,
            "audience": people(3, "two.example"),
            **options,
        }
    )


def _looked(campaign, port, **options):
    look = Look(nameservers=f"127.0.0.1:{port}", timeout=10.0, **options)
    return asyncio.run(look_ahead(campaign, look))


def _grades(result):
    return {one.check: worst(result.of(one.check)) for one in result.findings}


@pytest.fixture
def dns():
    """A nameserver in whose zones little is right."""
    zones = {
        "example.org": Zone(mx=((10, "mx.example.org"),), txt=("v=spf1 mx -all",)),
        "mx.example.org": Zone(a=("192.0.2.25",)),
        "two.example": Zone(mx=((10, "mx.example.org"),)),
    }
    with run_dns(zones) as server:
        yield server


def test_every_check_is_told_in_order_and_once(dns):
    """
    Each is told as it is done; findings stand in the order of the checks.
    """
    told = []
    result = _looked(_campaign(), dns.port, tell=told.append)
    order = [[*TITLES].index(one.check) for one in result.findings]
    assert order == sorted(order)
    assert sorted(" ".join(told).split()) == sorted(TITLES)
    assert (result.campaign, result.people) == ("fair", 3)
    assert result.seconds > 0


def test_what_is_asked_about_is_read_off_the_campaign(dns):
    """
    The domain of bounces has its own SPF, and the recipients' domains are counted.
    """
    campaign = _campaign(envelope_sender="bounces+{token}@b.example.org")
    result = _looked(campaign, dns.port, only="P1,P9")
    assert {one.about for one in result.of("P1")} == {"b.example.org"}
    assert dns.asked("two.example")
    assert {one.check for one in result.findings} == {"P1", "P9"}
    assert {one.profile.name: one.people for one in result.profiles}["gmail"] == 0


def test_only_what_is_wished_for_is_asked(dns):
    """
    Nobody is asked for a look at the list alone.
    """
    result = _looked(_campaign(), dns.port, only=["P12", "P13", "P3"])
    assert dns.questions == []
    assert {one.check for one in result.findings} >= {"P12", "P13"}
    assert result.ok


def test_silence_is_unknown_and_no_failure(dns):
    """
    SERVFAIL says nothing against a sender.
    """
    dns.zones["example.org"] = Zone(failing=("TXT", "MX", "A", "AAAA", "SOA"))
    result = _looked(_campaign(), dns.port, only="P1")
    assert _grades(result) == {"P1": Grade.UNKNOWN}
    assert not result.ok


def test_a_check_that_takes_too_long_is_unknown(dns):
    """
    And holds up none of the others.
    """
    dns.zones["example.org"] = Zone(txt=("v=spf1 mx -all",), delay=20.0)
    result = _looked(_campaign(), dns.port, only="P1,P9,P12", patience=4.0)
    assert _grades(result) == {
        "P1": Grade.UNKNOWN,
        "P9": Grade.PASS,
        "P12": Grade.PASS,
    }
    assert "within 4 seconds" in result.of("P1")[0].reason


def test_the_relay_is_looked_at_with_the_largest_message(dns):
    """
    What it can do is held against what the list needs; nothing is handed over.
    """
    big = _campaign(audience=[Recipient("jörg@two.example", name="x" * 5000)])
    with SmtpServer(size=1000, smtputf8=False) as server:
        relay = SmtpTransport(server.host, server.port, tls="insecure-plaintext")
        result = _looked(big, dns.port, transport=relay, only="P8")
    reasons = " ".join(one.reason for one in result.findings)
    assert {one.check for one in result.findings} == {"P8"}
    assert result.grade is Grade.FAIL
    assert "SMTPUTF8" in reasons
    assert server.messages == []


def test_a_carrier_into_files_has_no_server(dns):
    """
    That is said, and what to name; the rest is well all the same.
    """
    result = _looked(_campaign(), dns.port, transport="memory:", only="P7,P8,P12")
    assert _grades(result) == {
        "P7": Grade.SKIPPED,
        "P8": Grade.SKIPPED,
        "P12": Grade.PASS,
    }
    assert (result.ok, result.skipped) == (True, ("P7", "P8"))
    assert "cannot be looked at" in result.findings[0].reason
    alone = _looked(_campaign(), dns.port, only="P7")
    assert "no mail server is named" in alone.findings[0].reason
    assert (alone.ok, alone.grade, alone.skipped) == (False, Grade.SKIPPED, ("P7",))


@pytest.mark.parametrize("audience", [people(2, "two.example"), ()])
@pytest.mark.parametrize("carrier", [None, "memory:", "direct"])
def test_each_check_that_is_wished_for_says_something(dns, carrier, audience):
    """
    Whatever carries, whoever is on the list, and whatever DNS knows.
    """
    if carrier == "direct":
        where = f"127.0.0.1:{dns.port}"
        carrier = MxTransport(helo="mx.example.org", nameservers=where)
    campaign = _campaign(audience=audience)
    result = _looked(campaign, dns.port, transport=carrier)
    assert [*dict.fromkeys(one.check for one in result.findings)] == [*TITLES]
    assert all(one.reason for one in result.findings)
    assert all(one.publish for one in result.findings if one.grade is Grade.SKIPPED)


def test_a_list_unsubscribe_of_the_template_is_seen(dns):
    """
    A mailbox to write to, for which Yahoo and Microsoft settle; Gmail does not.
    """
    headers = {"List-Unsubscribe": "<mailto:leave@two.example?subject=off>"}
    letter = Template(subject="Hello", text="Dear {{ name }}", headers=headers)
    result = _looked(_campaign(template=letter), dns.port, only="P11")
    assert [(one.what, one.grade) for one in result.findings] == [
        ("One-click link", Grade.WARN),
        ("Mailbox to leave by", Grade.PASS),
    ]
    met = {
        one.profile.name: one.requirements[-1].grade.value for one in result.profiles
    }
    assert (met["yahoo"], met["microsoft"], met["gmail"]) == ("pass", "pass", "warn")


def test_a_new_key_is_advised_with_a_selector_that_can_be_typed(dns):
    """
    That of this year, or of no key that there is.
    """
    year = dt.datetime.now(dt.UTC).year
    [none] = _looked(_campaign(), dns.port, only="P2").findings
    assert re.match(r"safesend dkim new example.org s20\d\d --out", none.publish)
    key = Dkim("example.org", f"s{year}", new_key(ed25519=True))
    found = _looked(_campaign(dkim=key), dns.port, only="P2").findings
    assert any(re.search(r" s20\d\db --out ", one.publish) for one in found)


def test_direct_delivery_says_its_name():
    """
    The name and the address of the machine are the carrier's, unless told.
    """
    with internet() as net:
        carrier = net.transport(source_address="127.0.0.1")
        port = net.dns.port
        own = _looked(_campaign(), port, transport=carrier, only="P6")
        told = _looked(
            _campaign(), port, transport=carrier, addresses=["192.0.2.9"], only="P6"
        )
        both = failover("memory:", carrier)
        second = _looked(_campaign(), port, transport=both, only="P6")
        assert net.dns.asked("client.example.org")
    assert any("127.0.0.1" in one.about for one in own.findings)
    assert any("192.0.2.9" in one.about for one in told.findings)
    assert second.findings == own.findings


@pytest.mark.parametrize(
    ("url", "include"),
    [
        ("smtp://u@smtp.sendgrid.net:587", "sendgrid.net"),
        ("ses://eu-west-1", "amazonses.com"),
        ("memory:", None),
    ],
)
def test_the_relay_names_what_spf_should_include(dns, url, include):
    """
    As far as it is a well-known one.
    """
    password = "x" if "@" in url else None
    carrier = open_transport(url, password=password)
    result = _looked(_campaign(), dns.port, transport=carrier, only="P1")
    [publish] = {one.publish for one in result.findings}
    assert (f"include:{include}" in publish) if include else publish == ""


@pytest.mark.parametrize(
    "addresses", [["x"], "192.0.2.256", ["192.0.2.1/24"], ["fe80::1%eth0"]]
)
def test_an_address_is_an_ip_address(addresses):
    """
    A name is none.
    """
    with pytest.raises(ConfigurationError, match="give the IP addresses"):
        Look(addresses=addresses)


def test_one_address_may_be_a_text():
    """
    In its one spelling.
    """
    assert Look(addresses="2001:DB8::0:1").addresses == ("2001:db8::1",)
    assert Look(addresses="::ffff:192.0.2.1").addresses == ("192.0.2.1",)


def test_an_error_of_the_list_is_raised_and_ends_the_rest(dns):
    """
    Nothing goes on in the background, and what is raised is the error itself.
    """
    dns.zones["example.org"] = Zone(silent=True)
    campaign = _campaign(max_recipients=1)
    with pytest.raises(ConfigurationError, match="max_recipients"):
        _looked(campaign, dns.port)


def test_a_field_that_nobody_has_is_a_finding(dns):
    """
    As it is a problem of the rehearsal.
    """
    letter = Template(subject="{{ nobody }}", text="x")
    result = _looked(_campaign(template=letter), dns.port, only="P12")
    assert result.grade is Grade.FAIL


def test_it_can_be_called_off():
    """
    The thread that reads the list ends as well.
    """
    reading = threading.Event()

    def rows():
        for number in range(100_000):
            reading.set()
            yield Recipient(f"p{number}@two.example", name="N")

    async def main():
        campaign = _campaign(audience=_Rows(rows))
        look = asyncio.create_task(look_ahead(campaign, Look(only="P12")))
        await asyncio.to_thread(reading.wait, 60)
        look.cancel()
        with pytest.raises(asyncio.CancelledError):
            await look

    asyncio.run(main())
    assert threading.active_count() < 20


class _Rows:
    """A list that may be read again."""

    def __init__(self, rows):
        self._rows = rows

    def __iter__(self):
        return self._rows()


def test_the_campaign_looks_by_itself(dns):
    """
    `preflight` and `apreflight` are the same.
    """
    campaign = _campaign()
    how = {"nameservers": f"127.0.0.1:{dns.port}", "only": ["P1", "P12"]}
    one = campaign.preflight("memory:", **how)
    other = asyncio.run(campaign.apreflight(MemoryTransport(), **how))
    assert one.findings == other.findings
    assert isinstance(one.findings[0], Finding)


def test_dkim_keys_are_held_against_dns(dns):
    """
    The one that is not published fails.
    """
    key = Dkim("example.org", "s1", new_key(ed25519=True))
    result = _looked(_campaign(dkim=key), dns.port, only="P2,P3")
    assert _grades(result)["P2"] is Grade.FAIL
    assert dns.asked("s1._domainkey.example.org", "TXT")


def test_whom_direct_delivery_asks_is_asked():
    """
    Unless other nameservers are named; those of this machine are believed in DNSSEC.
    """
    carrier = MxTransport(helo="mail.example.org", nameservers="127.0.0.1:5353")
    own = Look(transport=carrier).resolver()
    assert (own.nameservers, own.port, own.trust_ad) == (("127.0.0.1",), 5353, True)
    other = Look(transport=carrier, nameservers="192.0.2.53", timeout=1.5).resolver()
    assert (other.nameservers, other.port) == (("192.0.2.53",), 53)
    assert (other.trust_ad, other.timeout) == (False, 1.5)
    assert Look().resolver().nameservers is None


def test_a_carrier_may_be_called_anything(dns):
    """
    Also what looks like half an address.
    """

    class Odd(MemoryTransport):
        name = "smtp://[half"

    result = _looked(_campaign(), dns.port, transport=Odd(), only="P1,P7")
    assert [one.check for one in result.findings] == ["P1", "P7"]


def test_a_time_that_is_none_is_refused():
    """
    Before anything is asked.
    """
    with pytest.raises(ConfigurationError, match="timeout"):
        _campaign().preflight(timeout=0, only="P1")
