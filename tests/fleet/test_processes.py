"""Workers as processes: killed, stopped, cut off from their ledger; exact copies."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from cli.campaigns import make_folder
from fleet.scenes import counts, enlisted
from safesend.ledger import open_ledger
from safesend.ledger.base import State
from safesend.testing import SmtpServer
from servers.service import lasting_port

PATIENCE = 300


@contextmanager
def running(*words, **more):
    """A command, for as long as it takes."""
    command = [sys.executable, "-m", "safesend", *map(str, words)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def ended(process):
    """What it printed; it ends by itself."""
    out, err = process.communicate(timeout=PATIENCE)
    return out, err, process.returncode


def until(true):
    """Wait for it."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def copies(server):
    """How many messages each mailbox got."""
    return Counter(one.recipient for one in server.messages)


def copies_in(sink, number):
    """The same of a sink that keeps files, where so many must be."""
    kept = sink.messages(number, PATIENCE)
    return Counter(one for message in kept for one in message.recipients)


def children(process):
    """The processes that this one started."""
    task = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return [int(one) for one in task.read_text().split()]


def asked(port, path):
    """What a probe is told: a code, 0 for nobody."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        line.request("GET", path)
        return line.getresponse().status
    except OSError:
        return 0
    finally:
        line.close()


@pytest.fixture(params=["sqlite", "postgres"])
def place(request, tmp_path):
    """A ledger of either kind."""
    if request.param == "postgres":
        return request.getfixturevalue("postgres").url
    return str(tmp_path / "x.db")


def doubtful(place):
    """How many may have arrived."""
    return counts(place).get(State.IN_DOUBT, 0)


def test_one_of_two_workers_is_killed(place):
    """The other one sends the rest, but for what may have arrived already."""
    with SmtpServer() as server:
        enlisted(place, server.url, 300, throttle="100/s")
        with running("worker", place) as first, running("worker", place) as second:
            until(lambda: len(server.messages) > 100)
            first.kill()
            _, err, code = ended(second)
        assert code in {0, 1, 3}, err
        until_over(place)
        found = copies(server)
    doubts = doubtful(place)
    assert {*found.values()} == {1}
    assert counts(place) == {State.ACCEPTED: 300 - doubts} | (
        {State.IN_DOUBT: doubts} if doubts else {}
    )
    assert 300 - doubts <= len(found) <= 300


def until_over(place):
    """Another worker, until nobody waits: rows of the dead may be found late."""
    end = time.monotonic() + PATIENCE
    while True:
        with running("worker", place) as process:
            _, err, code = ended(process)
        if not {State.WAITING, State.SENDING} & counts(place).keys():
            return
        assert code == 3, err
        assert time.monotonic() < end


def test_a_service_is_stopped_in_the_middle(place):
    """Nothing is lost, nothing is in a hand, and it did as it was told."""
    with SmtpServer() as server:
        enlisted(place, server.url, 400, throttle="50/s")
        with running("worker", place, "--keep-running", "--json") as process:
            until(lambda: len(server.messages) > 20)
            process.send_signal(signal.SIGTERM)
            out, _, code = ended(process)
        sent = len(server.messages)
        assert code == 0
        last = json.loads(out.splitlines()[-1])
        assert (last["stopped"], last["waiting"]) == ("told to stop", 400 - sent)
        assert counts(place) == {State.ACCEPTED: sent, State.WAITING: 400 - sent}
        with running("worker", place, "--deadline", "1s") as process:
            assert ended(process)[2] == 3
        assert {*copies(server).values()} == {1}


def test_ctrl_c_is_as_gentle(tmp_path):
    """With the code of an interruption, and the way on."""
    enlisted(tmp_path / "x.db", tmp_path / "out", 400, throttle="20/s")
    with running("worker", tmp_path / "x.db") as process:
        until(lambda: list((tmp_path / "out").glob("*.eml")))
        process.send_signal(signal.SIGINT)
        out, _, code = ended(process)
    assert code == 130
    assert "To go on: safesend worker" in out
    assert counts(tmp_path / "x.db").keys() == {State.ACCEPTED, State.WAITING}


def test_a_service_tells_how_it_is_and_bears_the_loss_of_its_database(
    own_postgres, tmp_path
):
    """It waits, says so once, and goes on; campaigns that come later are sent."""
    place, port, file = own_postgres.url, lasting_port(), tmp_path / "alive"
    service = own_postgres.server.service
    words = ["--keep-running", "--health", port, "--health-file", file]
    with SmtpServer() as server:
        enlisted(place, server.url, 30)
        with running("worker", place, *words) as process:
            until(lambda: len(server.messages) == 30)
            until(lambda: asked(port, "/ready") == 200)
            assert asked(port, "/live") == 200
            until(file.exists)
            service.stop()
            assert "Serving" in process.stderr.readline()
            assert "the ledger" in process.stderr.readline()
            until(lambda: asked(port, "/ready") == 503)
            assert asked(port, "/live") == 200
            service.start()
            until(lambda: asked(port, "/ready") == 200)
            enlisted(place, server.url, 20, name="autumn")
            until(lambda: len(server.messages) == 50)
            process.send_signal(signal.SIGTERM)
            out, err, code = ended(process)
        assert code == 0, err
    assert err == "the ledger is there again\n"
    assert "autumn: 20 sent, 0 waiting" in out


def send_words(tmp_path, people, url, *more):
    """The command that sends to so many people, and its ledger."""
    folder = make_folder(tmp_path, people, more="")
    words = ["send", folder, "--yes", "--json", "--via", url, "--processes", 2, *more]
    return words, tmp_path / "fair.safesend.db"


def test_two_processes_write_to_everybody_once(place, smtp_sink, tmp_path):
    """
    With a ledger of either kind. One of them is killed in the middle: the other one
    does its work as well. The copies are the files of a receiver that is none of ours.
    """
    sink = smtp_sink()
    words, _ = send_words(tmp_path, 1200, sink.url, "--rate", "400/s")
    with running(*words, "--ledger", place) as process:
        until(lambda: len(list(sink.mail.iterdir())) > 400)
        [child] = children(process)
        os.kill(child, signal.SIGKILL)
        out, err, code = ended(process)
    told = json.loads(out)
    doubts = told["in_doubt"]
    assert code == (1 if doubts else 0), err
    assert told["accepted"] + doubts == 1200
    assert told["sent_now"] == told["accepted"]
    found = copies_in(sink, 1200 - doubts)
    assert {*found.values()} == {1}
    assert 1200 - doubts <= len(found) <= 1200
    assert counts(place, "fair").get(State.WAITING, 0) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_two_processes_stop_together(tmp_path, number):
    """What is on the wire is finished, and nothing is in a hand."""
    with SmtpServer() as server:
        words, place = send_words(tmp_path, 2000, server.url, "--rate", "100/s")
        with running(*words) as process:
            until(lambda: len(server.messages) > 50)
            [child] = children(process)
            process.send_signal(number)
            _, err, code = ended(process)
            assert not Path(f"/proc/{child}").exists()
        assert code == 130, err
        found = counts(place, "fair")
        assert found.keys() == {State.ACCEPTED, State.WAITING}
        assert found[State.ACCEPTED] == len(server.messages)
        assert {*copies(server).values()} == {1}


def test_a_running_send_is_joined(tmp_path):
    """From another process, without the folder; nobody gets two."""
    with SmtpServer() as server:
        words, place = send_words(tmp_path, 600, server.url, "--rate", "100/s")
        with running(*words) as process:
            until(lambda: len(server.messages) > 50)
            with running("worker", place, "--json") as joined:
                out, _, code = ended(joined)
            # One of the two may end while the other has the last in its hands.
            assert 0 in {code, ended(process)[2]} <= {0, 3}
        assert copies(server) == Counter(
            f"person{number}@example.com" for number in range(600)
        )
    assert json.loads(out)["sent_now"] < 600
    with closing(open_ledger(place)) as book:
        assert book.counts(book.campaigns()[0].id) == {State.ACCEPTED: 600}
