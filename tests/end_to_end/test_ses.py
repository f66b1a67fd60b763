"""A mailing through Amazon SES: killed in the middle, throttled, cut off, by hand."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest
from click.testing import CliRunner

from end_to_end.crashes import letter
from safesend.cli.app import app
from safesend.engine.events import Noted
from safesend.testing import SmtpServer
from safesend.transports import SesTransport, failover
from servers.ses import CREDENTIALS, REGION, Recorder
from transports.test_ses_account import account

pytestmark = pytest.mark.usefixtures("aws")

LANES = 4


def crowd(folder, count):
    """A CSV of so many people; all in a domain that is nobody's."""
    path = folder / "people.csv"
    rows = [f"person{i}@example.net,Ada {i},N{i:06d}x\n" for i in range(count)]
    path.write_text("email,name,number\n" + "".join(rows), "utf-8")
    return path


def fast(server):
    """Let the account send as fast as it can."""
    quota = {"Max24HourSend": -1.0, "MaxSendRate": 5000.0, "SentLast24Hours": 0.0}
    server.account = account(SendQuota=quota)


def url(server, **options):
    """A URL for one endpoint."""
    more = "".join(f"&{name}={value}" for name, value in options.items())
    return f"ses://{REGION}?endpoint={server.url}{more}"


def once(server):
    """Who has a copy: nobody has two, and every call had one address."""
    assert all(len(call.addresses) == 1 for call in server.calls)
    for call in server.taken:
        [address] = call.addresses
        assert f"To: {address}\r\n".encode() in call.octets
    copies = Counter(server.people)
    assert max(copies.values()) == 1
    return set(copies)


def slowly(handler, body):
    """Take it, in a while."""
    time.sleep(0.1)
    handler.take(body)


@pytest.mark.server
def test_killed_again_and_again(ses_peer, tmp_path):
    """kill -9 four times: nobody twice, nobody lost, who is not certain is named."""
    number = 400
    people, ledger = crowd(tmp_path, number), tmp_path / "crash.db"
    fast(ses_peer)
    command = [sys.executable, "-m", "end_to_end.sender", str(people), str(ledger)]
    command += [url(ses_peer), json.dumps({"lanes": LANES})]
    kills = 0
    for goal in (20, 110, 200, 290):
        sender = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        while len(ses_peer.taken) < goal and sender.poll() is None:
            time.sleep(0.001)
        sender.send_signal(signal.SIGKILL)
        kills += sender.wait() == -signal.SIGKILL
        assert sender.stdout is not None
        sender.stdout.close()
    assert kills == 4
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    report = json.loads(re.findall(r"(?m)^report (.*)$", done.stdout)[0])
    counts = report.get("counts", report)
    have = once(ses_peer)
    doubts = counts["in_doubt"]
    assert counts["accepted"] + doubts == number
    assert doubts <= kills * LANES
    # Who has none is among the doubts, and nobody else is lost.
    assert number - len(have) <= doubts


def test_two_processes_share_a_list(tmp_path):
    """Each person has one copy, whichever process sent it."""
    number = 200
    people, ledger = crowd(tmp_path, number), tmp_path / "shared.db"
    with Recorder() as server:
        fast(server)
        server.always = slowly
        command = [sys.executable, "-m", "end_to_end.sender", str(people), str(ledger)]
        command += [url(server), json.dumps({"lanes": LANES})]
        first = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        while len(server.taken) < 5:
            assert first.poll() is None
            time.sleep(0.005)
        both = [first, subprocess.Popen(command, stdout=subprocess.PIPE, text=True)]
        said = [sender.communicate(timeout=180)[0] for sender in both]
        assert [sender.returncode for sender in both] == [0, 0], said
        assert len(once(server)) == len(server.calls) == number


def test_interrupted_what_is_under_way_is_finished(tmp_path):
    """Ctrl-C leaves nobody in doubt, though each call takes a while."""
    number = 100
    people, ledger = crowd(tmp_path, number), tmp_path / "stopped.db"
    with Recorder() as server:
        fast(server)
        server.always = slowly
        command = [sys.executable, "-m", "end_to_end.sender", str(people), str(ledger)]
        command += [url(server), json.dumps({"lanes": LANES})]
        sender = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        while len(server.taken) < 3:
            assert sender.poll() is None
            time.sleep(0.01)
        sender.send_signal(signal.SIGINT)
        sender.communicate(timeout=180)
        begun = len(server.calls)
        assert len(once(server)) == begun < number
        server.always = None
        report = letter(people).send(
            SesTransport(REGION, endpoint_url=server.url), ledger=ledger, lanes=LANES
        )
        assert (report.accepted, report.in_doubt) == (number, 0)
        assert len(once(server)) == len(server.calls) == number


def test_throttled_by_the_account_nobody_is_lost(tmp_path):
    """ "Too fast" is said in the middle: slower, each once, and no try is used up."""
    people = crowd(tmp_path, 60)
    with Recorder() as server:
        fast(server)
        throttled = lambda h, _: h.fail(429, "TooManyRequestsException")  # noqa: E731
        server.script = [None] * 20 + [throttled] * 3
        report = letter(people).send(
            SesTransport(REGION, endpoint_url=server.url),
            ledger=tmp_path / "x.db",
            lanes=2,
            deadline=300,
        )
        assert (report.accepted, report.refused, report.in_doubt) == (60, 0, 0)
        assert len({call.tag for call in server.calls}) == len(once(server)) == 60
        assert len({call.attempt for call in server.calls}) == len(server.calls)
        assert len(server.calls) == 63


def test_the_quota_of_the_day_is_no_heap_of_refusals(tmp_path):
    """SES says that it is used up: what is in flight hears it, and the rest waits."""
    people = crowd(tmp_path, 300)
    with Recorder() as server:
        fast(server)
        used_up = lambda h, _: h.fail(  # noqa: E731
            400, "ThrottlingException", "Daily message quota exceeded."
        )
        server.script, server.always = [None] * 20, used_up
        report = letter(people).send(
            SesTransport(REGION, endpoint_url=server.url),
            ledger=tmp_path / "x.db",
            lanes=LANES,
        )
        assert (report.accepted, report.waiting, report.refused) == (20, 280, 0)
        assert len(server.calls) <= 20 + LANES
        assert "the quota of messages that it takes is used up" in (
            report.pauses[0].reason
        )


def test_a_wrong_configuration_stops_and_costs_nobody(tmp_path):
    """The rows keep their turn; the next run, mended, sends to all."""
    people = crowd(tmp_path, 50)
    with Recorder() as server:
        fast(server)
        server.always = lambda h, _: h.fail(
            404, "NotFoundException", "Configuration set <news> does not exist."
        )
        transport = SesTransport(REGION, endpoint_url=server.url)
        ledger = tmp_path / "x.db"
        with pytest.raises(Exception, match="configuration set"):
            letter(people).send(transport, ledger=ledger, lanes=LANES)
        assert len(server.calls) <= LANES
        server.always = None
        report = letter(people).send(transport, ledger=ledger, lanes=LANES)
        assert (report.accepted, report.refused) == (50, 0)


def test_an_outage_leaves_few_in_doubt(tmp_path):
    """Every call meets a 503: not everybody is tried, and nobody is sent to again."""
    people = crowd(tmp_path, 300)
    with Recorder() as server:
        fast(server)
        server.script = [None] * 10
        server.always = lambda h, _: h.answer(503, b"")
        report = letter(people).send(
            SesTransport(REGION, endpoint_url=server.url),
            ledger=tmp_path / "x.db",
            lanes=LANES,
            deadline=8,
        )
        assert report.accepted == 10
        assert 1 <= report.in_doubt <= LANES + 1
        assert len(server.calls) == 10 + report.in_doubt
        assert report.accepted + report.in_doubt + report.waiting == 300


def test_beside_another_carrier_it_keeps_what_the_account_may(tmp_path):
    """Two are left of the day, so the other three go by the server beside it."""
    people = crowd(tmp_path, 5)
    quota = {"Max24HourSend": 9.0, "MaxSendRate": 50.0, "SentLast24Hours": 7.0}
    sandbox = account(
        ProductionAccessEnabled=False, EnforcementStatus="PROBATION", SendQuota=quota
    )
    told = []
    with Recorder(account=sandbox) as server, SmtpServer() as other:
        report = letter(people).send(
            failover(SesTransport(REGION, endpoint_url=server.url), other.url),
            ledger=tmp_path / "x.db",
            on_event=told.append,
        )
        assert report.accepted == 5
        assert (len(once(server)), len(other.messages)) == (2, 3)
    notes = " ".join(one.note for one in told if isinstance(one, Noted))
    assert "sandbox" in notes
    assert "PROBATION" in notes
    assert "5 wait, and no more than 2 are taken for now" in notes
    [switched] = report.switches
    assert "quota" in switched.reason


def test_who_may_not_ask_beside_another_carrier(tmp_path):
    """The note is told, and a rate that a person set goes before the assumed one."""
    people, told = crowd(tmp_path, 12), []
    with Recorder(account=(403, "AccessDeniedException")) as server:
        report = letter(people).send(
            failover(SesTransport(REGION, endpoint_url=server.url), "memory:"),
            ledger=tmp_path / "x.db",
            throttle="50/s",
            on_event=told.append,
        )
        assert len(once(server)) == 12
    assert report.seconds < 9
    [note] = [one.note for one in told if isinstance(one, Noted)]
    assert "ses:GetAccount" in note


def folder(tmp_path, count):
    """A campaign folder for so many people."""
    crowd(tmp_path, count)
    (tmp_path / "campaign.toml").write_text(
        'name = "x"\nsender = "News <news@example.org>"\nlist = "people.csv"\n'
    )
    (tmp_path / "subject.txt").write_text("Hello\n")
    (tmp_path / "body.txt").write_text("Dear {{ name }}, {{ number }}\n")


def run(*words):
    """One command, in this process."""
    return CliRunner().invoke(app, [*map(str, words)])


@pytest.mark.parametrize("what", ["credentials", "disabled", "several", "worker"])
def test_a_run_that_cannot_begin_ended_with_its_reason(tmp_path, monkeypatch, what):
    """Nobody is told that it died: not by `status`, nor in the account."""
    folder(tmp_path, 3)
    ledger = tmp_path / "x.db"
    with Recorder(account=account(SendingEnabled=False)) as server:
        way = ["--via", f"ses://{REGION}?endpoint={server.url}"]
        if what == "several":
            way += ["--via", f"ses://us-east-1?endpoint={server.url}"]
        if what == "worker":
            run("enrol", tmp_path, "--yes", *way, "--ledger", ledger)
        if what == "credentials":
            monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        sending = ["send", tmp_path, "--yes", *way, "--ledger", ledger]
        for _ in range(2):
            stopped = run(*(["worker", ledger] if what == "worker" else sending))
            assert stopped.exit_code in {2, 3}, stopped.output
        assert server.calls == []
    status = run("status", ledger).output
    assert "died" not in status
    assert "3  waiting" in status
    runs = json.loads(run("report", ledger, "--json").output)["runs"]
    reason = "credentials" if what == "credentials" else "sending is disabled"
    assert [reason in one["stopped"] for one in runs] == [True, True]
    told = run("report", ledger).output
    assert "without a word" not in told
    assert "stopped: " in told


def test_on_the_command_line(tmp_path):
    """`safesend send DIR --via ses://eu-west-1`, its endpoint from the environment."""
    folder(tmp_path, 3)

    def send(*words, **environment):
        return subprocess.run(
            [sys.executable, "-m", "safesend", "send", str(tmp_path), "--yes", *words],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **environment},
        )

    with Recorder(account=account(SendingEnabled=False)) as server:
        way = f"ses://{REGION}"
        stopped = send("--via", way, AWS_ENDPOINT_URL=server.url)
        assert (stopped.returncode, server.calls) == (2, [])
        assert "sending is disabled" in stopped.stderr
        quota = {"Max24HourSend": 9.0, "MaxSendRate": 50.0, "SentLast24Hours": 7.0}
        sandbox = {"ProductionAccessEnabled": False, "SendQuota": quota}
        server.account = account(**sandbox)
        done = send("--via", way, AWS_ENDPOINT_URL=server.url)
        assert len(once(server)) == 2
        said = " ".join((done.stdout + done.stderr).split())
        assert "sandbox" in said
        assert "3 wait, and no more than 2 are taken for now" in said
        assert "the quota of messages that it takes is used up" in said
        assert "person" not in said
        assert CREDENTIALS["AWS_SECRET_ACCESS_KEY"] not in said
