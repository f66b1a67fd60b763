"""Orders from a second process: nothing leaves later, and nobody gets it twice."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import time
from contextlib import closing

import pytest

from cli.terminal import command, environment
from end_to_end.crashes import (
    begun,
    copies,
    crowd,
    letter,
    nobody_twice_nobody_lost,
    start,
)
from end_to_end.fleet.witness import Witness
from safesend import read_csv
from safesend.testing import SmtpServer

pytestmark = pytest.mark.server

_PEOPLE = 25_000
_FAST = {"lanes": 8, "throttle": "5000/s"}
"""Long enough at work, on the fastest machine, for another process to come in."""
_SECOND = 1.0
_SLACK = 4.0
"""Seconds more on a machine that has other things to do, besides those in which a
thread that only wants to wake up could not (`Witness`)."""


def _safesend(*words):
    """Say it in a process of its own, as in another terminal."""
    done = subprocess.run(
        command(*words),
        capture_output=True,
        text=True,
        env=environment(),
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _ordered_at(ledger):
    """When the last order came into the ledger."""
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as raw:
        [at] = raw.execute("SELECT max(at) FROM control").fetchone()
    return at


def _last_arrival(sink):
    """When the sink began its latest file."""
    return max(entry.stat().st_mtime for entry in os.scandir(sink.mail))


def _heard_in_time(sink, ledger, witness):
    """Nothing came later than a second after the order, and nothing comes any more."""
    before = begun(sink)
    time.sleep(0.5)
    assert begun(sink) == before
    took = _last_arrival(sink) - _ordered_at(ledger)
    return took < _SECOND + _SLACK + witness.late


@pytest.mark.slow
def test_paused_within_a_second_resumed_and_nobody_twice(smtp_sink, tmp_path):
    """At full speed, from another process; the run says by whom it was."""
    people, ledger = crowd(tmp_path, _PEOPLE), tmp_path / "a.db"
    sink = smtp_sink()
    with Witness() as witness, start(people, ledger, sink.url, **_FAST) as sender:
        assert sender.until_kept(sink, 1000)
        _safesend("pause", ledger, "--reason", "wrong day")
        assert sender.finish() == 0
    assert _heard_in_time(sink, ledger, witness)
    told = sender.report
    assert told["stopped"].startswith("paused by ")
    assert told["stopped"].endswith(": wrong day")
    assert 1000 <= told["accepted"] < _PEOPLE
    assert told["accepted"] == len(copies(sink))
    assert told["waiting"] == _PEOPLE - told["accepted"]

    with start(people, ledger, sink.url, **_FAST) as still:
        assert still.finish() == 0
    assert still.report["sent_now"] == 0
    _safesend("resume", ledger)
    report = letter(people).send(sink.url, ledger=ledger, lanes=8)
    assert nobody_twice_nobody_lost(report, people, copies(sink)) == 0


@pytest.mark.slow
def test_what_cancel_reports_is_what_the_server_got(smtp_sink, tmp_path):
    """Exactly, while the run was at full speed; and of each person the ledger knows."""
    people, ledger = crowd(tmp_path, _PEOPLE), tmp_path / "a.db"
    sink = smtp_sink()
    with Witness() as witness, start(people, ledger, sink.url, **_FAST) as sender:
        assert sender.until_kept(sink, 1000)
        said = json.loads(_safesend("cancel", ledger, "--yes", "--json"))
        assert sender.finish() == 0
    assert _heard_in_time(sink, ledger, witness)
    came = copies(sink)
    assert said["counts"]["accepted"] == len(came) == sum(came.values())
    assert said["counts"] == {
        "accepted": len(came),
        "cancelled": _PEOPLE - len(came),
    }
    report = letter(people).send(sink.url, ledger=ledger)
    states = {
        row.address.wire: str(state)
        for row, state, _ in report.outcomes(read_csv(people))
    }
    assert {who for who, state in states.items() if state == "accepted"} == set(came)
    assert set(states.values()) == {"accepted", "cancelled"}
    assert report.sent_now == 0


@pytest.mark.slow
def test_a_paused_run_with_a_deadline_goes_on_by_itself(smtp_sink, tmp_path):
    """The second process says resume, and the first one sends the rest."""
    people, ledger = crowd(tmp_path, _PEOPLE), tmp_path / "a.db"
    sink = smtp_sink()
    with start(people, ledger, sink.url, deadline=900, **_FAST) as sender:
        assert sender.until_kept(sink, 1000)
        _safesend("pause", ledger)
        # The run has closed its connections and everything is recorded.
        held = begun(sink)
        while held != (held := begun(sink)) or _sending(ledger):
            time.sleep(0.3)
        assert held < _PEOPLE
        assert "in the run that is at work" in _safesend("resume", ledger)
        assert sender.finish() == 0
    assert (sender.report["stopped"], sender.report["accepted"]) == (None, _PEOPLE)
    report = letter(people).send(sink.url, ledger=ledger)
    assert nobody_twice_nobody_lost(report, people, copies(sink)) == 0


def _sending(ledger):
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as raw:
        found = raw.execute("SELECT number FROM tally WHERE state = 4").fetchone()
    return 0 if found is None else found[0]


def _mixed(folder, count):
    """A list whose people are with Google and elsewhere in turn."""
    path = folder / "people.csv"
    rows = (
        f"p{i}@{('gmail.com', 'example.net')[i % 2]},Ada {i},N{i:06d}x\n"
        for i in range(count)
    )
    path.write_text("email,name,number\n" + "".join(rows), "utf-8")
    return path


def _by_provider(sink):
    google = sum(who.endswith("@gmail.com") for who in copies(sink))
    return google, len(copies(sink)) - google


@pytest.mark.slow
def test_one_provider_is_paused_while_the_other_flows(smtp_sink, tmp_path):
    """Then it is resumed, in the same run: everybody once."""
    people, ledger = _mixed(tmp_path, _PEOPLE), tmp_path / "a.db"
    sink = smtp_sink()
    with start(people, ledger, sink.url, deadline=900, **_FAST) as sender:
        assert sender.until_kept(sink, 1000)
        _safesend("pause", ledger, "--provider", "gmail.com", "--reason", "bounces")
        # The others go on to their end, and only then is there nothing more.
        while begun(sink) < _PEOPLE // 2 or _by_provider(sink)[1] < _PEOPLE // 2:
            assert sender.process.poll() is None
            time.sleep(0.5)
        assert _by_provider(sink)[0] < _PEOPLE // 2
        assert sender.process.poll() is None
        _safesend("resume", ledger, "--provider", "google")
        assert sender.finish() == 0
    assert (sender.report["accepted"], sender.report["held"]) == (_PEOPLE, [])
    report = letter(people).send(sink.url, ledger=ledger)
    assert nobody_twice_nobody_lost(report, people, copies(sink)) == 0


def test_called_off_in_its_delay_no_connection_was_opened(tmp_path):
    """A second process says cancel within the five minutes; the server heard nobody."""
    people, ledger = crowd(tmp_path, 500), tmp_path / "a.db"
    with SmtpServer() as server:
        with start(people, ledger, server.url, delay="5m") as sender:
            assert sender.until("< start_run")
            began = time.monotonic()
            said = json.loads(_safesend("cancel", ledger, "--yes", "--json"))
            assert sender.finish() == 0
            took = time.monotonic() - began
        assert said["counts"] == {"cancelled": 500}
        assert (sender.report["cancelled"], sender.report["sent_now"]) == (500, 0)
        assert sender.report["stopped"].startswith("cancelled by ")
        assert took < 120
        assert server.transactions == []
        assert server.connections == 0
