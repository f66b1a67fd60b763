"""A sender with every fault does what `safesend preflight` says, until it is well."""

from __future__ import annotations

import json

import attrs
import dns.rcode
import pytest
from click.testing import CliRunner

from net.peer import authority
from preflight.test_unsubscribe import Web, serving
from preflight.zones import published
from safesend.cli.app import app
from safesend.preflight import Finding, Grade
from servers.dns import DnsServer, Zone, run_dns

pytestmark = pytest.mark.server

ADDRESS, LEAVE = "203.0.113.25", "leave.test"
ELSEWHERE = Zone(mx=((10, "mx.else.test"),))
PEOPLE = """email,name
ada@gmail.com,Ada
bob@hotmail.com,Bob
cyd@gnail.com,Cyd
dan@aol.com,Dan
eve@icloud.com,Eve
"""


@attrs.define
class Council:
    """A folder, the nameserver that holds its zones, and what it was told last."""

    folder: object
    dns: DnsServer
    told: dict = attrs.field(factory=dict)

    def look(self, *words):
        """Run the command; gives its exit code."""
        where = ("--nameserver", f"127.0.0.1:{self.dns.port}", "--address", ADDRESS)
        done = CliRunner().invoke(
            app, ["preflight", str(self.folder), "--json", *where, *words]
        )
        assert done.stdout, done.output
        self.told = json.loads(done.stdout)
        return done.exit_code

    def findings(self, check):
        """What was found by one check, as it was before it became JSON."""
        return [
            Finding(**{**one, "grade": Grade(one["grade"]), "seen": tuple(one["seen"])})
            for one in self.told["findings"]
            if one["check"] == check
        ]

    def grade(self, check):
        """The worst of them."""
        order = [*Grade]
        return min((one.grade for one in self.findings(check)), key=order.index)

    def publish(self, check, **places):
        """Put the records of its advice into DNS, as they stand, and look again."""
        for _ in range(5):
            well = {Grade.PASS, Grade.SKIPPED}
            short = [one for one in self.findings(check) if one.grade not in well]
            if not short:
                return
            for one in short:
                self.dns.zones.update(published(self.dns.zones, one, places))
                break
            self.look()

    def write(self, lines):
        """Put these ahead of all tables in campaign.toml."""
        file = self.folder / "campaign.toml"
        file.write_text(f"{lines}\n{file.read_text()}")


@pytest.fixture
def council(tmp_path, postfix, monkeypatch):
    """Whoever set this up had never heard of SPF; the mail server is a Postfix."""
    trusted = tmp_path / "ca.pem"
    own = authority()._ca.cert_pem.bytes()
    trusted.write_bytes(postfix.ca.read_bytes() + own)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    monkeypatch.setenv("RELAY_PASSWORD", postfix.password)
    folder = tmp_path / "council"
    folder.mkdir()
    (folder / "campaign.toml").write_text(
        'name = "council"\nsender = "The council <news@council.test>"\n'
        f'list = "people.csv"\nvia = "smtp://localhost:{postfix.port}"\n'
        f'[smtp]\nusername = "{postfix.username}"\npassword_env = "RELAY_PASSWORD"\n'
    )
    (folder / "people.csv").write_text(PEOPLE)
    (folder / "subject.txt").write_text("Hello {{ name }}\n")
    (folder / "body.txt").write_text("Dear {{ name }},\n\nthe hall is open again.\n")
    zones = {
        "council.test": Zone(txt=("v=spf1 ?all", "v=spf1 mx -all")),
        "gnail.com": Zone(rcode=dns.rcode.NXDOMAIN),
        "mx.else.test": Zone(a=("192.0.2.1",)),
        LEAVE: Zone(a=("127.0.0.1",)),
        **dict.fromkeys(["gmail.com", "hotmail.com", "aol.com"], ELSEWHERE),
        "icloud.com": ELSEWHERE,
    }
    with run_dns(zones) as server:
        yield Council(folder, server)


def test_what_is_advised_is_done_step_by_step_until_all_is_well(council):
    """
    Each step makes its check pass; at the end nothing is left to say.
    """
    assert council.look() == 1
    bad = {one["check"] for one in council.told["findings"] if one["grade"] == "fail"}
    assert bad >= {"P1", "P4", "P5", "P6"}
    yahoo = next(one for one in council.told["profiles"] if one["name"] == "yahoo")
    assert yahoo["grade"] == "fail"

    # The list: a domain that does not exist, and is close to one that does.
    assert council.grade("P9") is Grade.WARN
    assert "gnail.com -> gmail.com" in str(council.findings("P9"))
    file = council.folder / "people.csv"
    file.write_text(PEOPLE.replace("gnail", "gmail"))
    council.look()
    assert council.grade("P9") is Grade.PASS

    # The domain gets mail, and says who may send for it.
    council.dns.zones["mx.council.test"] = Zone(a=(ADDRESS,))
    council.dns.zones["council.test"] = attrs.evolve(
        council.dns.zones["council.test"], mx=((10, "mx.council.test"),)
    )
    council.look()
    assert council.grade("P5") is Grade.PASS
    council.publish("P1")
    assert council.grade("P1") is Grade.PASS

    # The mail is signed, and DNS has the key.
    assert council.grade("P2") is Grade.WARN
    key = council.folder / "dkim.pem"
    made = CliRunner().invoke(
        app, ["dkim", "new", "council.test", "s1", "--out", str(key)]
    )
    with (council.folder / "campaign.toml").open("a") as settings:
        settings.write(f"[[dkim]]{made.stdout.partition('[[dkim]]')[2]}")
    council.look()
    assert council.grade("P2") is Grade.FAIL
    council.publish("P2")
    assert council.grade("P2") is council.grade("P3") is Grade.PASS

    council.publish("P4")
    assert council.grade("P4") is Grade.PASS

    # The address has a name that leads back.
    council.publish("P6")
    assert council.grade("P6") is Grade.PASS

    council.publish("P14")
    assert council.grade("P14") is Grade.PASS

    # Readers leave by a click, which must not be sent on elsewhere.
    assert council.grade("P11") is Grade.WARN
    web = Web(post=302, get=302, location=f"https://{LEAVE}/login")
    with serving(web, authority().server(LEAVE)) as port:
        council.write(f'unsubscribe = "https://{LEAVE}:{port}/leave/{{token}}"')
        council.look()
        assert council.grade("P11") is Grade.FAIL
        web.post = 200
        council.look()
        assert council.grade("P11") is Grade.FAIL
        web.get = 200
        council.look()
        assert council.grade("P11") is Grade.PASS

        # And they see the link.
        assert council.grade("P13") is Grade.WARN
        with (council.folder / "body.txt").open("a") as text:
            text.write("\nNo more letters: {{ unsubscribe_url }}\n")
        assert council.look("--strict") == 0, council.told
    assert (council.told["ok"], council.told["grade"]) == (True, "pass")
    assert council.told["skipped"] == ["P10"]
    assert council.told["people"] == 5
    for provider in council.told["profiles"]:
        assert provider["grade"] == "pass", provider
        assert provider["people"] > 0


def test_a_nameserver_in_trouble_is_no_fault_of_the_sender(council):
    """
    SERVFAIL is unknown, for every check that needs the name, and the exit code is 3.
    """
    kinds = ("TXT", "MX", "A", "AAAA", "SOA", "NS")
    for name in ("council.test", "_dmarc.council.test", "_smtp._tls.council.test"):
        council.dns.zones[name] = Zone(failing=kinds)
    council.dns.zones["gnail.com"] = ELSEWHERE
    code = council.look("--only", "P1,P4,P5,P9,P12,P13")
    assert code == 3
    assert council.told["grade"] == "unknown"
    for check in ("P1", "P4", "P5"):
        assert council.grade(check) is Grade.UNKNOWN


def test_direct_delivery_is_looked_at_by_its_name_and_address(council):
    """
    EHLO says a name that leads to the address, and the address back to it.
    """
    via = f"mx://?helo=mail.council.test&nameservers=127.0.0.1:{council.dns.port}"
    words = ("--via", via, "--only", "P6,P7,P8,P10")
    assert council.look(*words) == 1
    assert council.told["skipped"] == ["P7", "P8"]
    assert {one.check for one in council.findings("P10")} == {"P10"}
    for _ in range(5):
        short = [one for one in council.findings("P6") if one.grade is not Grade.PASS]
        if short:
            council.dns.zones.update(published(council.dns.zones, short[0]))
            council.look(*words)
    assert council.grade("P6") is Grade.PASS


def test_the_relay_is_believed_only_with_its_certificate(council, monkeypatch):
    """
    A name that its certificate lacks fails, and so does a wrong password.
    """
    monkeypatch.setenv("RELAY_PASSWORD", "wrong")
    assert council.look("--only", "P7,P8") == 1
    assert "login" in str(council.findings("P7"))
    monkeypatch.setenv("SSL_CERT_FILE", "")
    assert council.look("--only", "P7,P8") == 1
    assert "vouches for its certificate" in str(council.findings("P7"))


def test_nothing_is_sent_and_nothing_is_written(council, postfix, tmp_path):
    """
    Not even a ledger.
    """
    before = sorted(tmp_path.rglob("*"))
    council.look()
    assert sorted(tmp_path.rglob("*")) == before
    assert postfix.delivered("gmail.com") == []
