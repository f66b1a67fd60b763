"""People hold a mailing back, against real servers and real processes."""

from __future__ import annotations

import contextlib
import os
import re
import signal

import pytest

from end_to_end.crashes import copies, crowd, letter, start
from safesend import Campaign, Recipient, Template, read_csv
from safesend.errors import ApprovalNeeded
from safesend.policies import AutoStop, Pilot
from safesend.testing import SmtpServer
from safesend.transports import SmtpTransport

_PEOPLE = 3000
_PILOT = 1500
"""More than two processes have in hand at a time."""


def _campaign(people=300, **options):
    return Campaign(
        name="spring",
        sender="News <news@example.org>",
        template=Template(subject="Hello {{ name }}", text="Dear {{ name }},\n"),
        audience=[
            Recipient(f"person{number}@example.net", name=f"Ada {number}")
            for number in range(people)
        ],
        **options,
    )


def _tried(server):
    """Everybody whom the server was ever asked about."""
    return {one.recipient for one in server.transactions if one.recipient}


def test_nobody_beyond_the_pilot_is_tried(tmp_path):
    """At a server that puts off every third one: retried are those, and no other."""
    ledger = tmp_path / "spring.db"
    with SmtpServer() as server:
        server.reply(
            "rcpt", "451 4.3.0 local error", when=lambda m: m.message % 3 == 0, times=20
        )
        options = {"ledger": ledger, "pilot": 50, "retry": "1s", "lanes": 4}
        for _ in range(3):
            report = _campaign().send(server.url, deadline=60, **options)
        first = {f"person{number}@example.net" for number in range(50)}
        assert _tried(server) == first
        assert {one.recipients for one in server.messages} == {(one,) for one in first}
        assert report.stopped.startswith("the pilot of 50 has gone out: look at it")
        assert report.stopped.endswith(f"safesend approve {ledger}")
        assert (report.accepted, report.waiting) == (50, 250)

        server.behave()
        assert _campaign().release(ledger=ledger, reason="fine")
        report = _campaign().send(server.url, ledger=ledger)
        assert report.accepted == len(server.messages) == 300


def test_a_pilot_that_fares_well_needs_nobody(tmp_path):
    """Two seconds after its last outcome the rest goes, in the same call."""
    with SmtpServer() as server:
        report = _campaign(60).send(
            server.url,
            ledger=tmp_path / "spring.db",
            pilot=Pilot(20, after="2s", refused="0%"),
            deadline=300,
        )
        ended = [one.ended for one in server.transactions if one.accepted]
    assert report.accepted == 60
    assert min(ended[20:]) - max(ended[:20]) >= 2


def test_nothing_reaches_a_server_before_it_is_approved(tmp_path):
    """Not even a connection; one changed row, and it is void."""
    ledger = tmp_path / "spring.db"
    with SmtpServer() as server:
        for people in (9, 10):
            with pytest.raises(ApprovalNeeded):
                _campaign(people).send(server.url, ledger=ledger, approvals=1)
            _campaign(9).approve(ledger=ledger)
        assert server.transactions == []
        assert _campaign(9).send(server.url, ledger=ledger).accepted == 9


@pytest.mark.parametrize(
    ("stage", "reply", "options", "why"),
    [
        (
            "rcpt",
            "550 5.1.1 no such user",
            {"after": 40},
            r"\d+ of the last \d+ people were refused \(.* %\), most with '550 5.1.1 ",
        ),
        (
            "rcpt",
            "550 5.7.1 your kind is not welcome",
            {"alike": 4},
            r"\d people in a row were refused alike, for what .*: '550 5.7.1 .*'; look",
        ),
        (
            "dot",
            "554 5.7.1 this is spam",
            {},
            "3 times in a row: the server takes the message for spam, .*: 554 5.7.1 .*",
        ),
    ],
)
def test_a_run_that_is_refused_stops_by_itself(tmp_path, stage, reply, options, why):
    """And no other run goes on before somebody looked and resumed it."""
    ledger = tmp_path / "spring.db"
    with SmtpServer() as server:
        server.reply(stage, reply, when=lambda moment: moment.message > 30)
        rule = AutoStop(**options)
        report = _campaign().send(server.url, ledger=ledger, auto_stop=rule, lanes=2)
        assert report.stopped.startswith("stopped by itself: ")
        assert report.stopped.endswith(f"; to go on: safesend resume {ledger}")
        assert re.match(f"stopped by itself: {why}", report.stopped)
        assert report.accepted >= 28
        assert report.refused < 30
        tried = len(server.transactions)
        again = _campaign().send(server.url, ledger=ledger)
        assert (again.sent_now, len(server.transactions)) == (0, tried)
        assert again.waiting_for == "order"


def test_a_password_that_changed_stops_it(tmp_path):
    """In the middle of a run, at the next session; nobody is refused for it."""
    ledger = tmp_path / "spring.db"
    with SmtpServer(users={"ada": "secret"}, tls="starttls") as server:
        carrier = SmtpTransport(
            "127.0.0.1",
            server.port,
            username="ada",
            password="secret",
            tls_context=server.client_context(),
            max_messages=10,
        )
        server.reply("auth", "535 5.7.8 wrong password", when=_later)
        report = _campaign(60).send(carrier, ledger=ledger, lanes=1)
    assert (report.accepted, report.refused, report.waiting) == (10, 0, 50)
    assert "which took the login before, refuses it now: '" in report.stopped
    assert "535 5.7.8 wrong password" in report.stopped
    assert "look at user name and password" in report.stopped


def _later(moment):
    return moment.connection > 1


# Several processes


@pytest.mark.server
def test_processes_have_one_pilot_together(smtp_sink, tmp_path):
    """Exactly so many people in all, whoever gets them."""
    people, sink = crowd(tmp_path, _PEOPLE), smtp_sink()
    ledger = tmp_path / "shared.db"
    os.kill(sink.daemon.process.pid, signal.SIGSTOP)
    with contextlib.ExitStack() as stack:
        senders = []
        for _ in range(2):
            sender = start(people, ledger, sink.url, pilot=_PILOT, lanes=4)
            senders.append(stack.enter_context(sender))
            assert senders[-1].until("< claim")
        os.kill(sink.daemon.process.pid, signal.SIGCONT)
        assert [sender.finish() for sender in senders] == [0, 0]
    assert sum(sender.report["sent_now"] for sender in senders) == _PILOT
    _only_the_pilot(sink, people)
    report = letter(people).send(sink.url, ledger=ledger)
    assert (report.sent_now, report.waiting) == (0, _PEOPLE - _PILOT)


@pytest.mark.server
def test_a_kill_in_the_pilot_frees_nobody(smtp_sink, tmp_path):
    """Killed again and again, never more than so many are written to."""
    people, sink = crowd(tmp_path, _PEOPLE), smtp_sink()
    ledger = tmp_path / "shared.db"
    for kept in (100, 300, 300):
        options = {"pilot": _PILOT, "lanes": 4, "throttle": "300/s"}
        with start(people, ledger, sink.url, on_doubt="resend", **options) as sender:
            assert sender.until_kept(sink, kept)
            assert sender.kill() == -signal.SIGKILL
    report = letter(people).send(sink.url, ledger=ledger, on_doubt="resend", lanes=4)
    assert report.stopped.startswith(f"the pilot of {_PILOT} has gone out")
    assert report.waiting == _PEOPLE - _PILOT
    _only_the_pilot(sink, people)


def _only_the_pilot(sink, people):
    everybody = [row.address.wire for row in read_csv(people)]
    assert set(copies(sink)) == set(everybody[:_PILOT])
