"""Two real servers, one of which dies, refuses or hangs up: one copy for each."""

from __future__ import annotations

import threading
import time
from collections import Counter

import pytest

from end_to_end.crashes import (
    begun,
    copies,
    crowd,
    letter,
    nobody_twice_nobody_lost,
    start,
)
from end_to_end.mailing import audience, campaign
from safesend.errors import TransportError
from safesend.testing import SmtpServer
from safesend.transports import failover, weighted
from servers.service import lasting_port
from servers.smtp_sink import run_sink

pytestmark = pytest.mark.server


def test_the_first_is_killed_in_the_middle(tmp_path):
    """Everybody has one copy, or is in doubt: at most one for each connection."""
    people, lanes = crowd(tmp_path, 2000), 4
    with run_sink() as one, run_sink() as two:

        def kill():
            while begun(one) < 300:
                time.sleep(0.002)
            one.kill()

        killer = threading.Thread(target=kill)
        killer.start()
        report = letter(people).send(
            failover(one.url, two.url),
            ledger=tmp_path / "l.db",
            lanes=lanes,
            throttle="1000/s",
            deadline=300,
        )
        killer.join()
        came = copies(one, two)
    assert nobody_twice_nobody_lost(report, people, came) <= lanes
    assert report.switches[0].to == two.url
    assert sum(number for _, number in report.carriers) == report.accepted
    assert len(report.carriers) == 2


def test_we_are_killed_and_go_on(tmp_path):
    """With two carriers as with one: nobody has two copies, and nobody is lost."""
    people, ledger = crowd(tmp_path, 1500), tmp_path / "l.db"
    with run_sink() as one, run_sink() as two:
        both = f"failover:{one.url} {two.url}"
        with start(people, ledger, both, lanes=4, throttle="1500/s") as sender:
            while begun(one) < 200:
                time.sleep(0.002)
            sender.process.kill()
        report = letter(people).send(both, ledger=ledger, lanes=4)
        came = copies(one, two)
        assert begun(two) == 0
    assert nobody_twice_nobody_lost(report, people, came) <= 12


@pytest.mark.parametrize("pipelining", [True, False])
def test_a_hang_up_after_the_body_moves_nobody_who_may_have_it(tmp_path, pipelining):
    """What was not begun goes by the other: the first is out of order, plainly."""
    people = audience(tmp_path, 40, "crowd.example.test")
    with SmtpServer(pipelining=pipelining) as one, SmtpServer() as two:
        one.drop_before_reply("dot", times=None)
        report = campaign(people).send(
            failover(one.url, two.url), ledger=tmp_path / "l.db", lanes=2
        )
        came = Counter(
            message.recipient for server in (one, two) for message in server.messages
        )
        assert report.in_doubt == len(one.messages) <= 6
        assert report.accepted == len(two.messages) == 40 - report.in_doubt
        assert set(came.values()) == {1}


def test_421_moves_the_mail(tmp_path):
    """A server that says good-bye to every connection took nothing."""
    people = audience(tmp_path, 40, "crowd.example.test")
    with SmtpServer() as one, SmtpServer() as two:
        one.reply("connect", "421 4.3.2 shutting down")
        report = campaign(people).send(
            failover(one.url, two.url), ledger=tmp_path / "l.db", deadline=300
        )
        assert (report.accepted, len(two.messages)) == (40, 40)


def test_greylisting_moves_nobody(tmp_path):
    """They wait for the first."""
    people = audience(tmp_path, 20, "crowd.example.test")
    with SmtpServer() as one, SmtpServer() as two:
        one.greylist(5)
        report = campaign(people).send(
            failover(one.url, two.url), ledger=tmp_path / "l.db"
        )
        assert (report.deferred, report.accepted) == (20, 0)
        assert two.transactions == []


def test_all_are_down(tmp_path):
    """The reason of each is told, and nobody is lost."""
    people = audience(tmp_path, 20, "crowd.example.test")
    urls = [f"smtp+insecure-plaintext://127.0.0.1:{lasting_port()}" for _ in "ab"]
    with pytest.raises(TransportError, match="none of the carriers is in order"):
        campaign(people).send(failover(*urls), ledger=tmp_path / "l.db")


def test_logins_refused_by_the_first_cost_nothing(tmp_path):
    """The second has it all, without a wait."""
    people = audience(tmp_path, 50, "crowd.example.test")
    with SmtpServer() as one, SmtpServer() as two:
        one.reply("mail", "535 5.7.8 account suspended")
        report = campaign(people).send(
            failover(one.url, two.url), ledger=tmp_path / "l.db"
        )
        assert report.accepted == 50
        assert len(two.messages) == 50
        assert one.messages == []


def test_every_fifth_refusal_moves_nobody(tmp_path):
    """What is said of a recipient holds for all carriers."""
    people = audience(tmp_path, 50, "crowd.example.test")
    with SmtpServer() as one, SmtpServer() as two:
        for number in range(0, 50, 5):
            one.reply(
                "rcpt",
                "550 5.1.1 no such user",
                to=f"person{number}@crowd.example.test",
            )
        report = campaign(people).send(
            failover(one.url, two.url), ledger=tmp_path / "l.db", auto_stop=False
        )
        assert (report.accepted, report.refused) == (40, 10)
        assert two.transactions == []


def test_shares_are_kept_between_two_servers(tmp_path):
    """Three of four by the one."""
    people = audience(tmp_path, 400, "crowd.example.test")
    with SmtpServer() as one, SmtpServer() as two:
        report = campaign(people).send(
            weighted({one.url: 3, two.url: 1}), ledger=tmp_path / "l.db"
        )
        assert report.accepted == 400
        assert 260 < len(one.messages) < 340
        assert len(one.messages) + len(two.messages) == 400
