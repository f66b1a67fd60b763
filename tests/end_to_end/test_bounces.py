"""Bounces that real servers made: on the right rows, and the right people left out."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
from contextlib import closing

import pytest
from click.testing import CliRunner

from safesend import Campaign, Recipient, Template
from safesend.cli.app import app
from safesend.message.address import Address
from safesend.suppression import SuppressionList
from safesend.testing import SmtpServer
from servers.dovecot_imap import run_dovecot_imap
from servers.exim import run_exim
from servers.fixtures import SERVERS, or_skip
from servers.opensmtpd import run_opensmtpd
from servers.postfix import run_postfix
from servers.process import free_port

pytestmark = pytest.mark.server

IMPATIENT = """\
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 1s
maximal_queue_lifetime = 1d
bounce_queue_lifetime = 1d
delay_warning_time = 1s
fast_flush_domains =
"""
NAMES = "verp", "plain", "imap", "clear", "kill-maildir", "kill-imap"
DOMAINS = [f"{name}.example.test" for name in NAMES]


@pytest.fixture(scope="module")
def hop():
    """The next server: it knows Eve, has no room for Cy, and is not ready for Dee."""
    with SmtpServer() as server:
        server.reply("rcpt", "550 5.1.1 no such user", to="bo@hop.test")
        server.reply("rcpt", "552 5.2.2 mailbox full", to="cy@hop.test")
        server.reply("rcpt", "451 4.3.0 later", to="dee@hop.test")
        yield server


@pytest.fixture(scope="module")
def running(hop):
    """A Postfix that hands on to it, and tells of delays soon."""
    with contextlib.ExitStack() as stack:
        with or_skip():
            server = run_postfix(more=IMPATIENT, hop=hop.port, bounces=DOMAINS)
            found = stack.enter_context(server)
        yield found


@pytest.fixture
def postfix(running, request):
    """The same, whose log is shown when a test fails."""
    request.node.stash.setdefault(SERVERS, []).append(running.daemon)
    return running


def run(*words, **variables):
    """What a command said, and how it ended."""
    return CliRunner().invoke(app, [*map(str, words)], env=variables)


def mailed(place, port, domain, *, people, sender="bounces+{token}@%s", more=""):
    """A ledger of a mailing that a server took; all its rows are accepted."""
    audience = place / "people.csv"
    audience.write_text("email\n" + "\n".join(people))
    ledger = place / "spring.safesend.db"
    report = Campaign(
        name="spring",
        sender=f"News <news@{domain}>",
        envelope_sender=sender % domain,
        template=Template(subject="Spring", text="It is spring.\n"),
        audience=[Recipient(one) for one in people],
    ).send(
        f"smtp+insecure-plaintext://127.0.0.1:{port}{more}", ledger=ledger, deadline=120
    )
    assert report.accepted == len(people)
    return ledger


def heard(ledger):
    """What the account says of each person: nothing, or what came back."""
    people = ledger.parent / "people.csv"
    told = run("report", ledger, "--json", "--recipients", people)
    rows = json.loads(told.stdout)["recipients"]
    return {one["address"].partition("@")[0]: str(one["heard"]) for one in rows}


def listed(ledger, people):
    """Who of them is on the shared list, and why."""
    with closing(SuppressionList(ledger.with_name("list.db"))) as shared:
        reasons = shared.which_of([Address.parse(one) for one in people])
    names = [one.partition("@")[0] for one in people]
    return {name: str(why) for name, why in zip(names, reasons, strict=True) if why}


def crowd(domain):
    """One of each kind: three whose mail arrives, or will, and three of whom not."""
    here = [f"{name}@{domain}" for name in ("ada", "gone")]
    return [*here, *(f"{name}@hop.test" for name in ("bo", "cy", "dee", "eve"))]


@pytest.mark.parametrize("domain", ["verp.example.test", "plain.example.test"])
def test_what_postfix_gives_back_is_found(postfix, tmp_path, domain):
    """
    By an address for each person; and without that, and without DSN, by the id of
    the message.
    """
    people = crowd(domain)
    way = {}
    if domain.startswith("plain"):
        way = {"sender": "bounces@%s", "more": "?notify=none"}
    ledger = mailed(tmp_path, postfix.port, domain, people=people, **way)
    SuppressionList(tmp_path / "list.db").close()
    maildir = postfix.bounces(domain, expected=4)

    done = run("bounces", ledger, maildir, "--suppression", tmp_path / "list.db")

    assert done.exit_code == 0, done.output
    for line in (
        "Read 4 mails (3 bounces, 1 delay).",
        "          4  about messages of this ledger\n",
        "2  afterwards bounced: came back for good",
        "1  afterwards came back this time",
        "2  left out of every later campaign of this ledger",
        "2  new on the suppression list",
        "4 mails marked as read.",
    ):
        assert line in done.stdout
    assert "hop.test" not in done.output
    told = heard(ledger)
    assert told["gone"].startswith("bounced: 5.1.1")
    assert told["bo"].startswith("bounced: 550 5.1.1")
    assert told["cy"].startswith("returned: 552 5.2.2")
    for name in ("ada", "dee", "eve"):
        assert "bounced" not in told[name]
    missing = "no-such-mailbox"
    assert listed(ledger, people) == {"gone": missing, "bo": missing}
    assert not list((maildir / "new").iterdir())
    assert all(file.name.endswith(":2,S") for file in (maildir / "cur").iterdir())

    again = run("bounces", ledger, maildir)
    assert "Read 0 mails." in again.stdout
    assert "4  left alone: read before" in again.stdout
    once_more = run("bounces", ledger, maildir, "--all", "--keep", "--json")
    found = json.loads(once_more.stdout)
    assert (found["matched"], found["known"], found["new"]) == (4, 4, {})


def test_what_exim_gives_back_is_found(hop, tmp_path, request):
    """
    Its reports say 5.0.0 of everything, and what the next server said beside it.
    """
    domain = "exim.example.test"
    people = [one for one in crowd(domain) if not one.startswith("dee")]
    with contextlib.ExitStack() as stack:
        with or_skip():
            server = run_exim("127.0.0.1", free_port(), domain, hop=hop.port)
            exim = stack.enter_context(server)
        request.node.stash.setdefault(SERVERS, []).append(exim.daemon)
        ledger = mailed(tmp_path, exim.port, domain, people=people)
        SuppressionList(tmp_path / "list.db").close()
        maildir = exim.bounces(expected=3)
        words = "--suppression", tmp_path / "list.db", "--move", "Done"
        done = run("bounces", ledger, maildir, *words)

        assert done.exit_code == 0, done.output
        assert "Read 3 mails (3 bounces)." in done.stdout
        assert "3 mails moved to Done." in done.stdout
        told = heard(ledger)
        assert told["bo"].startswith("bounced: 550 5.1.1")
        assert "no such mailbox here" in told["gone"]
        assert "552 5.2.2" in told["cy"]
        missing = "no-such-mailbox"
        assert listed(ledger, people) == {"gone": missing, "bo": missing}
        moved = maildir / ".Done" / "cur"
        assert len(list(moved.iterdir())) == 3
        assert moved.stat().st_uid == maildir.stat().st_uid


def test_what_opensmtpd_gives_back_is_found(hop, tmp_path, request):
    """
    Its reports call themselves none; letters in the same mailbox are left alone.
    """
    domain = "opensmtpd.example.test"
    people = [f"ada@{domain}", "bo@hop.test", "eve@hop.test"]
    with contextlib.ExitStack() as stack:
        with or_skip():
            server = run_opensmtpd("127.0.0.1", free_port(), domain, hop=hop.port)
            opensmtpd = stack.enter_context(server)
        request.node.stash.setdefault(SERVERS, []).append(opensmtpd.daemon)
        ledger = mailed(tmp_path, opensmtpd.port, domain, people=people)
        end = time.monotonic() + 90
        while len(opensmtpd.delivered()) < 2 and time.monotonic() < end:
            time.sleep(0.05)

        done = run("bounces", ledger, opensmtpd.mail)

        assert done.exit_code == 0, done.output
        assert "Read 2 mails (1 bounce, 1 auto-reply)." in done.stdout
        assert "1 mail marked as read." in done.stdout
        told = heard(ledger)
        assert told["bo"].startswith("bounced: 550 5.1.1 no such user")
        assert not told["ada"] + told["eve"]


@pytest.fixture
def served(postfix):
    """Serves a Maildir of Postfix by Dovecot."""
    with contextlib.ExitStack() as stack:

        def serve(maildir, **more):
            with or_skip():
                return stack.enter_context(run_dovecot_imap(maildir, **more))

        yield serve


def test_bounces_are_read_over_imap(postfix, served, tmp_path):
    """
    Over TLS, with the password out of a variable; what was read is marked there.
    """
    domain = "imap.example.test"
    people = crowd(domain)
    ledger = mailed(tmp_path, postfix.port, domain, people=people)
    maildir = postfix.bounces(domain, expected=4)
    dovecot = served(maildir)
    way = {"SSL_CERT_FILE": str(dovecot.ca), "SAFESEND_IMAP_PASSWORD": "secret"}

    foretold = run("bounces", ledger, dovecot.url, "--dry-run", **way)
    kept = run("bounces", ledger, dovecot.url, "--keep", **way)
    long = next((maildir / "new").iterdir())
    long.with_name("9.long.mx").write_bytes(long.read_bytes() + b"x\n" * 3_000_000)
    done = run("bounces", ledger, dovecot.url, **way)
    again = run("bounces", ledger, dovecot.url, **way)

    for one in (foretold, kept):
        assert one.exit_code == 0, one.output
        assert "Read 4 mails (3 bounces, 1 delay)." in one.stdout
    assert "Read 5 mails" in done.stdout, done.output
    assert "marked as read." not in foretold.stdout + kept.stdout
    assert "5  of these known already" in done.stdout
    assert "5 mails marked as read." in done.stdout
    assert "Read 0 mails." in again.stdout
    assert heard(ledger)["bo"].startswith("bounced: 550 5.1.1")
    words = "--all", "--move", "Fertig & tünche"
    moved = run("bounces", ledger, dovecot.url, *words, **way)
    assert "5 mails moved to Fertig & tünche." in moved.stdout, moved.output
    assert not [*(maildir / "new").iterdir(), *(maildir / "cur").iterdir()]
    goal = dovecot.url.replace("INBOX", "Fertig%20%26%20t%C3%BCnche")
    there = run("bounces", ledger, goal, "--all", **way)
    assert "Read 5 mails" in there.stdout, there.output
    output = "".join(one.output for one in (foretold, kept, done, again, moved, there))
    assert "secret" not in output
    assert "bounces@" not in output


def test_a_server_that_is_not_who_it_should_be_gets_no_password(
    postfix, served, tmp_path
):
    """
    A wrong password is told, and never shown.
    """
    domain = "clear.example.test"
    ledger = mailed(tmp_path, postfix.port, domain, people=[f"gone@{domain}"])
    dovecot = served(postfix.bounces(domain, expected=1))
    trusted = {"SSL_CERT_FILE": str(dovecot.ca)}

    stranger = run("bounces", ledger, dovecot.url, SAFESEND_IMAP_PASSWORD="secret")
    wrong = run(
        "bounces", ledger, dovecot.url, SAFESEND_IMAP_PASSWORD="wr0ng", **trusted
    )
    nobody = run("bounces", ledger, dovecot.url, **trusted)
    nowhere = run(
        "bounces",
        ledger,
        dovecot.url.replace("INBOX", "Nowhere"),
        SAFESEND_IMAP_PASSWORD="secret",
        **trusted,
    )

    assert "certificate is not to be trusted" in stranger.stderr
    assert "not accept this user and password (AUTHENTICATIONFAILED)" in wrong.stderr
    assert "is needed and nobody can be asked" in nobody.stderr
    assert "the mailbox cannot be opened" in nowhere.stderr
    for one in (stranger, wrong, nobody, nowhere):
        assert one.exit_code == 2
        assert "wr0ng" not in one.output
    clear = run("bounces", ledger, dovecot.plain_url, SAFESEND_IMAP_PASSWORD="secret")
    assert "Read 1 mail (1 bounce)." in clear.stdout, clear.output


CHILD = """
import os, signal, sys
from contextlib import closing
from safesend.feedback import book
from safesend.feedback.mailboxes import MailRound, open_mailbox
from safesend.ledger import open_ledger
from safesend.redaction import Secret

class Mortal:
    '''A mailbox in whose middle the process is killed.'''
    def __init__(self, inner): self.inner = inner
    def __getattr__(self, name): return getattr(self.inner, name)
    def mails(self):
        for number, mail in enumerate(self.inner.mails()):
            if (moment, number) == ("reading", 2):
                os.kill(os.getpid(), signal.SIGKILL)
            yield mail
    def filed(self, handles, folder):
        if moment == "half":
            self.inner.filed(handles[:1], folder)
        os.kill(os.getpid(), signal.SIGKILL)

moment, ledger, mailbox = sys.argv[1:]
mails = MailRound([Mortal(open_mailbox(mailbox, password=Secret("secret")))])
with closing(open_ledger(ledger)) as ledger:
    mails.file(book(ledger, mails))
"""


@pytest.mark.parametrize("kind", ["maildir", "imap"])
def test_who_is_killed_between_booking_and_marking_loses_nothing(
    postfix, served, tmp_path, kind
):
    """
    Nor is anything booked twice: while reading, before the first mark, among them.
    """
    domain = f"kill-{kind}.example.test"
    ledger = mailed(tmp_path, postfix.port, domain, people=crowd(domain))
    mailbox = postfix.bounces(domain, expected=4)
    if kind == "imap":
        mailbox = served(mailbox).plain_url
    way = {"SAFESEND_IMAP_PASSWORD": "secret"}
    for moment, unread in (("reading", 4), ("before", 4), ("half", 3)):
        words = [sys.executable, "-c", CHILD, moment, str(ledger), str(mailbox)]
        ended = subprocess.run(words, check=False, capture_output=True)
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        left = json.loads(
            run("bounces", ledger, mailbox, "--dry-run", "--json", **way).stdout
        )
        assert left["mails"] == unread
    before = heard(ledger)

    done = json.loads(run("bounces", ledger, mailbox, "--json", **way).stdout)

    assert (done["mails"], done["known"], done["new"]) == (3, 3, {})
    assert heard(ledger) == before
    assert len(before["bo"].split("bounced")) == 2
    assert "Read 0 mails." in run("bounces", ledger, mailbox, **way).stdout
    assert "2  afterwards bounced: came back for good" in run("status", ledger).stdout
    assert "Heard afterwards" in run("report", ledger).stdout
