"""cli/telling.py: the log and the figures of a run."""

from __future__ import annotations

import logging
import re
import stat

import pytest
from click.testing import CliRunner

from cli.campaigns import make_folder
from safesend.cli.app import app
from safesend.cli.telling import Telling
from safesend.engine.journal import LOG
from safesend.testing import SmtpServer


def _run(*words):
    return CliRunner().invoke(app, [*map(str, words)])


def test_a_log_is_written_beside_the_progress(tmp_path):
    """Its owner alone may read it; run again, it grows."""
    folder, log = make_folder(tmp_path), tmp_path / "run.log"
    for _ in range(2):
        assert _run("send", folder, "--yes", "--log", log).exit_code == 0
    lines = log.read_text().splitlines()
    words = [line.split(" ", 2)[2] for line in lines]
    assert words[0] == "INFO 3 messages were composed and checked, 3 new"
    assert re.fullmatch(
        r"INFO run \d+ begins: 3 wait, through eml:.*, 8 connections at most", words[1]
    )
    assert re.fullmatch(r"INFO run \d+ is over: 3 accepted in .* s", words[2])
    assert words[3] == "INFO 3 messages were composed and checked, 0 new"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_verbose_names_every_outcome_and_nobody(tmp_path):
    """On standard error where no file is given; what a server writes is one line."""
    folder = make_folder(tmp_path)
    with SmtpServer() as server:
        server.reply("rcpt", "550-5.1.1 person1\n550 5.1.1 <person1@example.com> no")
        server.reply("rcpt", "550 5.1.1 and person1 \x1b[2J", to="person2@example.com")
        result = _run("send", folder, "--yes", "-v", "--via", server.url)
    assert "DEBUG connected to smtp+insecure-plaintext://127.0.0.1:" in result.stderr
    refused = [line for line in result.stderr.splitlines() if "is refused" in line]
    assert len(refused) == 3
    assert "person1" not in result.stderr
    assert "\x1b" not in result.stderr


def test_the_log_is_set_up_for_the_run_alone(tmp_path):
    """Afterwards everything is as the program had it."""
    before = LOG.level, list(LOG.handlers)
    with Telling(log=str(tmp_path / "x.log"), verbose=True).listeners() as listeners:
        assert listeners == []
        assert LOG.isEnabledFor(logging.DEBUG)
    assert (LOG.level, LOG.handlers) == before


def test_figures_are_given_out_while_it_sends(tmp_path):
    """The place is told."""
    folder = make_folder(tmp_path)
    result = _run("send", folder, "--yes", "--metrics", "0")
    assert result.exit_code == 0
    assert "Figures for Prometheus: http://127.0.0.1:" in result.stderr


@pytest.mark.parametrize("value", ["", "http", "host:", "99999", "1.5", "²"])
def test_a_port_is_a_number(tmp_path, value):
    """What is none is told before anything is asked."""
    result = _run("send", make_folder(tmp_path), "--yes", "--metrics", value)
    assert result.exit_code == 2
    assert "write a port, or HOST:PORT" in result.stderr


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Telling(), []),
        (
            Telling(metrics=("127.0.0.1", 9100), log="x.log", verbose=True),
            ["--metrics", "127.0.0.1:9100", "--log", "x.log", "-v"],
        ),
        (Telling(metrics=("::1", 9100)), ["--metrics", "[::1]:9100"]),
    ],
)
def test_the_command_that_goes_on_tells_as_this_one_did(value, words):
    """Word by word."""
    assert value.words() == words
