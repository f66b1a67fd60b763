"""Direct delivery on real servers: Postfix and sinks, found by DNS."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from end_to_end.mailing import campaign, parsed
from safesend import read_csv
from servers.dns import Zone, run_dns
from servers.exim import run_exim
from servers.fixtures import or_skip
from servers.opensmtpd import run_opensmtpd
from servers.process import free_port
from servers.smtp_sink import run_sink
from transports.net_of_servers import DEAD

pytestmark = pytest.mark.server

_SINKS = ("127.0.0.2", "127.0.0.3", "127.0.0.4")
_SCRIPT = """\
import sys
from pathlib import Path
from end_to_end.mailing import campaign
people, ledger, url = sys.argv[1:]
campaign(Path(people)).send(url, ledger=ledger, lanes=4, throttle="500/s")
"""


def _people(folder: Path, count: int, domains: int) -> Path:
    """A list of so many people, in turn at so many domains."""
    path = folder / "people.csv"
    rows = (
        f'person{i}@d{i % domains}.test,"Name {i}",N{i:06d}x,Köln,none'
        for i in range(count)
    )
    path.write_text("\n".join(["email,name,number,town,note", *rows]), "utf-8")
    return path


@pytest.fixture
def sinks():
    """Three sinks with one port, and a nameserver where domains share them."""
    port = free_port()
    with contextlib.ExitStack() as stack:
        with or_skip():
            running = [
                stack.enter_context(run_sink(port=port, host=host)) for host in _SINKS
            ]
        server = stack.enter_context(run_dns({"example.org": Zone()}))
        for number, host in enumerate((*_SINKS, DEAD)):
            server.zones[f"mx{number}.test"] = Zone(a=(host,))
        for number in range(30):
            at = number % 3
            server.zones[f"d{number}.test"] = Zone(
                mx=((10, f"mx{at}.test"), (20, f"mx{(at + 1) % 3}.test"))
            )
        url = (
            f"mx://?helo=client.example.org&port={port}&timeout=10"
            f"&nameservers=127.0.0.1:{server.port}"
        )
        yield running, server, url


def _copies(sinks):
    """How many whole messages came for each recipient; each for that one alone."""
    found = Counter()
    for number, sink in enumerate(sinks):
        for kept in sink.messages():
            if kept.recipients and b"--\n" in kept.content[-80:]:
                [recipient] = kept.recipients
                assert str(parsed(kept.content)["To"]) == recipient
                domain = int(recipient.split("@d")[1].removesuffix(".test"))
                assert domain % 3 == number
                found[recipient] += 1
    return found


def test_everybody_has_one_copy_at_the_own_domains_server(sinks, tmp_path):
    """Thirty domains at three servers."""
    running, _, url = sinks
    people = _people(tmp_path, 300, 30)
    report = campaign(people).send(url, ledger=tmp_path / "direct.db", lanes=4)
    assert report.accepted == 300
    assert _copies(running) == {row.address.wire: 1 for row in read_csv(people)}


def test_killed_in_the_middle_and_resumed(sinks, tmp_path):
    """Everybody has one copy or is in doubt; nobody has two, and nobody is lost."""
    running, _, url = sinks
    people, ledger = _people(tmp_path, 1500, 30), tmp_path / "crash.db"
    command = [sys.executable, "-c", _SCRIPT, str(people), str(ledger), url]
    first = subprocess.Popen(command)
    end = time.monotonic() + 120
    while sum(len(list(sink.mail.iterdir())) for sink in running) < 200:
        assert first.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < end
        time.sleep(0.002)
    first.send_signal(signal.SIGKILL)
    first.wait()
    time.sleep(0.3)
    assert 0 < sum(_copies(running).values()) < 1500

    mailing = campaign(people)
    report = mailing.send(url, ledger=ledger, lanes=4)

    copies = _copies(running)
    doubtful = {
        row.address.wire
        for row, state, _ in report.outcomes(mailing.audience)
        if state == "in_doubt"
    }
    everybody = {row.address.wire for row in read_csv(people)}
    assert report.accepted + report.in_doubt == 1500
    assert set(copies.values()) == {1}
    assert everybody <= set(copies) | doubtful
    assert report.in_doubt <= 3 * 4


def test_postfix_takes_it_over_tls(postfix, tmp_path):
    """Refusals, greylisting and a session that is encrypted with whoever answers."""
    with run_dns({"mx.test": Zone(a=("127.0.0.1",))}) as server:
        domains = ("direct.example.test", "other.example.test")
        server.zones |= dict.fromkeys(domains, Zone(mx=((10, "mx.test"),)))
        url = (
            f"mx://?helo=client.example.org&port={postfix.port}&floor=encrypted"
            f"&nameservers=127.0.0.1:{server.port}"
        )
        path = tmp_path / "people.csv"
        names = [*(f"p{number}" for number in range(8)), "refused", "later"]
        path.write_text(
            "email,name,number,town,note\n"
            + "".join(
                f"{name}@{domain},N,{name}-{domain},Ort,none\n"
                for name in names
                for domain in domains
            )
        )
        report = campaign(path).send(
            url, ledger=tmp_path / "p.db", lanes=2, auto_stop=False, deadline=20
        )
    assert (report.accepted, report.refused, report.deferred) == (16, 2, 2)
    letters = postfix.delivered("direct.example.test", expected=8)
    assert len({letter.recipient for letter in letters}) == len(letters) == 8
    end = time.monotonic() + 60
    while "starttls=1" not in postfix.daemon.log_tail(400):
        assert time.monotonic() < end
        time.sleep(0.1)
    assert len(postfix.delivered("other.example.test", expected=8)) == 8


def test_opensmtpd_whose_tls_is_broken_gets_it_in_clear_unless_that_is_forbidden(
    tmp_path,
):
    """What fails on one line is tried on a new one; with a floor it waits."""
    port, domain = free_port(), "plain.test"
    people = tmp_path / "people.csv"
    people.write_text(
        "email,name,number,town,note\n"
        + "".join(f"p{n}@{domain},N,number{n},Ort,none\n" for n in range(5))
    )
    with contextlib.ExitStack() as stack:
        with or_skip():
            peer = stack.enter_context(run_opensmtpd("127.0.0.2", port, domain))
        server = stack.enter_context(run_dns({"mx.test": Zone(a=("127.0.0.2",))}))
        server.zones[domain] = Zone(mx=((10, "mx.test"),))
        url = (
            f"mx://?helo=client.example.org&port={port}"
            f"&nameservers=127.0.0.1:{server.port}"
        )
        ledger = tmp_path / "o.db"
        strict = campaign(people, "strict").send(
            f"{url}&floor=encrypted", ledger=ledger
        )
        assert (strict.accepted, strict.deferred) == (0, 5)
        report = campaign(people).send(url, ledger=ledger)
        assert report.accepted == 5
        end = time.monotonic() + 90
        while len(peer.delivered()) < 5 and time.monotonic() < end:
            time.sleep(0.05)
        assert len(peer.delivered()) == 5


def test_exim_finds_nothing_wrong_with_the_order_of_commands(tmp_path):
    """It is the strictest of them; the first host of the domain is dead."""
    port, domain = free_port(), "strict.test"
    people = tmp_path / "people.csv"
    people.write_text(
        "email,name,number,town,note\n"
        + "".join(f"p{n}@{domain},N,number{n},Ort,none\n" for n in range(20))
    )
    with contextlib.ExitStack() as stack:
        with or_skip():
            peer = stack.enter_context(run_exim("127.0.0.2", port, domain))
        server = stack.enter_context(run_dns({"two.test": Zone(a=("127.0.0.2",))}))
        server.zones["one.test"] = Zone(a=("127.0.0.77",))
        server.zones[domain] = Zone(mx=((10, "one.test"), (20, "two.test")))
        url = (
            f"mx://?helo=client.example.org&port={port}&floor=encrypted"
            f"&nameservers=127.0.0.1:{server.port}"
        )
        report = campaign(people).send(url, ledger=tmp_path / "e.db", lanes=2)
        assert report.accepted == 20
        end = time.monotonic() + 90
        while len(peer.delivered()) < 20 and time.monotonic() < end:
            time.sleep(0.05)
        letters = peer.delivered()
    found = Counter(
        line
        for letter in letters
        for line in letter.splitlines()
        if line.startswith(b"Envelope-to: ")
    )
    wanted = (f"Envelope-to: p{number}@{domain}".encode() for number in range(20))
    assert found == dict.fromkeys(wanted, 1)
