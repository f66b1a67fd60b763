"""cli/metrics.py: figures for Prometheus while a command runs."""

from __future__ import annotations

import urllib.request

from integrations.runs import MEASURED
from safesend.cli.metrics import serving


def test_it_says_where_they_are_and_collects_them(capsys):
    """On standard error, since results go to standard output."""
    with serving("127.0.0.1", 0) as listener:
        told = capsys.readouterr().err
        assert told.startswith("Figures for Prometheus: http://127.0.0.1:")
        listener(MEASURED)
        with urllib.request.urlopen(told.split()[-1]) as answer:
            assert b"safesend_in_doubt 4.0" in answer.read()
