"""A run that goes on in one process, as another one sees it."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from contextlib import contextmanager

import pytest
from click.testing import CliRunner

from cli.campaigns import closed_now, make_folder
from cli.terminal import command, environment
from safesend.cli.app import app
from safesend.testing import SmtpServer
from servers.service import lasting_port

_PATIENCE = 180.0
_MANY = 2000
"""So many that nobody sees the end of it: whoever looks may come seconds late."""


def _status(*words):
    result = CliRunner().invoke(app, ["status", *map(str, words)])
    assert result.exit_code == 0, result.output
    return result.stdout


@contextmanager
def _sending(folder, url, *options):
    """A run in a process of its own; ended as Ctrl-C does."""
    words = ("send", folder, "--yes", "--via", url, *options)
    with subprocess.Popen(
        command(*words),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(),
    ) as child:
        try:
            yield child
        finally:
            child.send_signal(signal.SIGINT)
            child.wait(_PATIENCE)


def _seen(ledger, child, wanted):
    """The sender as status tells it, when it is as it should be."""
    until = time.monotonic() + _PATIENCE
    last = None
    while time.monotonic() < until and child.poll() is None:
        if ledger.is_file():
            for campaign in json.loads(_status(ledger, "--json"))["campaigns"]:
                for last in campaign["senders"]:
                    if wanted(last):
                        return last
        time.sleep(0.1)
    raise AssertionError(last)


def _told(ledger, child, words):
    """What status tells, when these words are in it."""
    until = time.monotonic() + _PATIENCE
    while words not in (told := _status(ledger)):
        assert time.monotonic() < until, told
        assert child.poll() is None
        time.sleep(0.1)
    return told


def _slow(server):
    server.stall("rcpt", 0.1, times=None)


def _one_connection(server):
    server.limit_connections(1)
    server.stall("rcpt", 0.1, times=None)


def _wants_less(server):
    server.rate_limit("10/s")


def _wants_none(server):
    server.reply("rcpt", "421 4.7.28 zoe, that is too much mail from you")


def _later(server):
    server.reply("rcpt", "450 4.2.1 the mailbox is busy")


def _nothing(server):
    assert server.url


GMAIL = "email,name\n" + "".join(f"zq{i}x@gmail.com,N{i}\n" for i in range(_MANY))


@pytest.mark.parametrize(
    ("script", "options", "kinds", "words"),
    [
        (_nothing, ("--rate", "20/s"), {"rate"}, "the rate that is set, 20/s"),
        (_slow, ("--lanes", "2"), {"lanes"}, "all 2 connections are busy"),
        (
            _one_connection,
            (),
            {"connections", "eased"},
            "connections",
        ),
        (_wants_less, (), {"eased"}, "comes too fast"),
        (
            _wants_none,
            ("--deadline", "1h"),
            {"pause"},
            "a pause, nothing goes",
        ),
        (
            _later,
            ("--deadline", "9h", "--lanes", "1"),
            {"date"},
            "nothing is due until",
        ),
        (
            _nothing,
            ("--hours", closed_now(), "--deadline", "14d"),
            {"hours"},
            "the sending hours",
        ),
    ],
    ids=["rate", "lanes", "connections", "eased", "pause", "date", "hours"],
)
def test_what_limits_the_pace_is_seen_from_elsewhere(
    tmp_path, script, options, kinds, words
):
    """While it does so: the kind, its figures, and the reply that asked for it."""
    folder = make_folder(tmp_path)
    few = 3 if kinds in ({"date"}, {"hours"}) else _MANY
    (folder / "people.csv").write_text("\n".join(GMAIL.split("\n")[: few + 1]) + "\n")
    ledger = tmp_path / "fair.safesend.db"
    with SmtpServer() as server:
        script(server)
        with _sending(folder, server.url, *options) as child:
            seen = _seen(
                ledger, child, lambda one: (one["limit"] or {}).get("kind") in kinds
            )
            told = _told(ledger, child, words)
    assert seen["alive"]
    assert seen["pid"] == child.pid
    assert seen["relay"] == server.url
    assert f"Sending now: process {child.pid}, through {server.url}" in told
    if "pause" in kinds:
        assert "421 4.7.28 zoe" in seen["limit"]["reply"]
    assert "What limits the pace: " in told
    assert "No process is sending now" not in told


def test_a_server_that_is_not_reached_is_seen_from_elsewhere(tmp_path):
    """For the seconds in which it is tried at the beginning."""
    folder = make_folder(tmp_path)
    nowhere = f"smtp+insecure-plaintext://127.0.0.1:{lasting_port()}"
    with _sending(folder, nowhere) as child:
        seen = _seen(
            tmp_path / "fair.safesend.db",
            child,
            lambda one: (one["limit"] or {}).get("kind") == "reaching",
        )
    assert seen["limit"]["reply"]
    assert (seen["sessions"], seen["rate"]) == (0, 0)


def test_how_far_it_is_and_how_fast_is_seen_from_elsewhere(tmp_path):
    """The counts by provider, the rate and the time that is left."""
    folder = make_folder(tmp_path)
    rows = [f"zq{i}x@{('gmail.com', 'gmx.de')[i % 2]},N{i}\n" for i in range(_MANY)]
    (folder / "people.csv").write_text("email,name\n" + "".join(rows))
    ledger = tmp_path / "fair.safesend.db"
    with (
        SmtpServer() as server,
        _sending(folder, server.url, "--rate", "40/s", "--lanes", "3") as child,
    ):
        seen = _seen(
            ledger, child, lambda one: (one["eta"] or 0) > 0 and 20 < one["rate"] < 60
        )
        assert seen["lanes"] == 3
        told = _told(ledger, child, "left, ")
        [campaign] = json.loads(_status(ledger, "--json"))["campaigns"]
        taken = len(server.messages)
    assert {row["provider"] for row in campaign["providers"]} == {"google", "gmx"}
    accepted = sum(row.get("accepted", 0) for row in campaign["providers"])
    assert 0 < accepted <= taken
    assert "zq" not in told
    after = _status(ledger)
    assert "No process is sending now. The next is due now" in after
    assert "Sending now" not in after
