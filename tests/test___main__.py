"""__main__.py: the way in."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import safesend
from safesend.__main__ import main


@pytest.fixture(autouse=True)
def _signals():
    """The command line's handler of SIGTERM does not outlive a test."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


_SOURCE = str(Path(safesend.__file__).parents[1])


def test_python_m_safesend_is_the_command_line():
    """`python -m safesend --help` teaches, and ends well."""
    done = subprocess.run(
        [sys.executable, "-m", "safesend", "--help"],
        env={**os.environ, "PYTHONPATH": _SOURCE},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "safesend init" in done.stdout
    assert "Exit codes" in done.stdout


def test_without_the_extra_it_says_what_to_install(capsys, monkeypatch):
    """A missing package gives one line and exit code 2, no traceback."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main() == 2
    assert "pip install 'safesend[cli]'" in capsys.readouterr().err


def test_output_may_be_redirected_within_the_process(monkeypatch):
    """Where standard output is no file, as in a notebook, it is left as it is."""
    printed = io.StringIO()
    monkeypatch.setattr(sys, "stdout", printed)
    monkeypatch.setattr(sys, "argv", ["safesend", "--version"])
    assert main() == 0
    assert printed.getvalue().startswith("safesend ")


def test_main_gives_the_exit_code(capsys, monkeypatch):
    """What the console script hands to the shell."""
    monkeypatch.setattr(sys, "argv", ["safesend", "init"])
    assert main() == 2
    assert "DIR" in capsys.readouterr().err
