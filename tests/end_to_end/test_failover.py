"""Two real servers, one of which dies, refuses or hangs up: one copy for each."""

from __future__ import annotations

import threading
import time
from collections import Counter

import pytest

from end_to_end.mailing import audience, campaign
from safesend.testing import SmtpServer
from safesend.transports import failover, weighted
from servers.smtp_sink import run_sink

pytestmark = pytest.mark.server


def _copies(*sinks):
    return Counter(kept.recipients for sink in sinks for kept in sink.messages())


def test_the_first_is_killed_in_the_middle(tmp_path):
    """Everybody has one copy, or is in doubt: at most one for each connection."""
    people, count, lanes = audience(tmp_path, 2000, "crowd.example.test"), 2000, 4
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    with run_sink(tmp_path / "one") as one, run_sink(tmp_path / "two") as two:

        def kill():
            while len(list(one.mail.iterdir())) < 300:
                time.sleep(0.002)
            one.kill()

        killer = threading.Thread(target=kill)
        killer.start()
        report = campaign(people).send(
            failover(one.url, two.url),
            ledger=tmp_path / "l.db",
            lanes=lanes,
            deadline=90,
        )
        killer.join()
        copies = _copies(one, two)
    assert report.accepted + report.in_doubt == count
    assert report.in_doubt <= lanes
    assert set(copies.values()) == {1}
    assert len(copies) >= report.accepted
    assert report.switches
    assert sum(number for _, number in report.carriers) == report.accepted


def test_logins_refused_by_the_first_cost_nothing(tmp_path):
    """The second has it all, without a wait."""
    people = audience(tmp_path, 50, "crowd.example.test")
    with SmtpServer() as one, SmtpServer() as two:
        one.reply("EHLO", "550 go away", times=None) if False else None
        one.reply("MAIL", "535 5.7.8 account suspended")
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
                "RCPT",
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
