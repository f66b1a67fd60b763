"""The sender is killed in the middle; nobody is mailed twice, and nobody is lost."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from end_to_end.mailing import audience, campaign, parsed

pytestmark = pytest.mark.server

_PEOPLE = 5000
_LANES = 8
_SCRIPT = """\
import sys
from pathlib import Path
from end_to_end.mailing import campaign
people, ledger, url = sys.argv[1:]
report = campaign(Path(people)).send(url, ledger=ledger, lanes=8, throttle="900/s")
print(report.accepted, report.in_doubt, flush=True)
"""
"""So slow that it has much left to do, though its killer comes to it late."""


def _start(people, ledger, url):
    command = [sys.executable, "-c", _SCRIPT, str(people), str(ledger), url]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _copies(sink):
    """
    How many whole messages came for each recipient.
    """
    found = Counter()
    for kept in sink.messages():
        if kept.recipients and b"--\n" in kept.content[-80:]:
            assert len(kept.recipients) == 1
            assert str(parsed(kept.content)["To"]) == kept.recipients[0]
            found[kept.recipients[0]] += 1
    return found


@pytest.mark.parametrize("after", [200, 2500])
def test_killed_in_the_middle_and_resumed(smtp_sink, tmp_path, after):
    """
    Every recipient has one copy at the sink or is listed in doubt; never two.
    """
    sink = smtp_sink()
    people = audience(tmp_path, _PEOPLE, "example.net")
    ledger = tmp_path / "crash.db"
    first = _start(people, ledger, sink.url)
    end = time.monotonic() + 120
    while len(list(sink.mail.iterdir())) < after:
        assert first.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < end
        time.sleep(0.002)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    time.sleep(0.3)
    before = sum(_copies(sink).values())
    assert 0 < before < _PEOPLE

    mailing = campaign(people)
    report = mailing.send(sink.url, ledger=ledger, lanes=_LANES)

    copies = _copies(sink)
    doubtful = {
        row.address.wire
        for row, state, _ in report.outcomes(mailing.audience)
        if state == "in_doubt"
    }
    assert report.accepted + report.in_doubt == _PEOPLE
    assert len(doubtful) == report.in_doubt
    # A lane at most: one whose reply was out, one handed over ahead, and one whose
    # outcome was on its way from the socket to the marks.
    assert report.in_doubt <= 3 * _LANES
    assert max(copies.values()) == 1
    assert set(copies) | doubtful == {f"person{i}@example.net" for i in range(_PEOPLE)}


def test_interrupted_and_resumed(smtp_sink, tmp_path):
    """
    Ctrl-C: what is in flight finishes, the rest waits, and nobody is in doubt.
    """
    sink = smtp_sink()
    people = audience(tmp_path, _PEOPLE, "example.net")
    ledger = tmp_path / "stopped.db"
    first = _start(people, ledger, sink.url)
    while len(list(sink.mail.iterdir())) < 300:
        assert first.poll() is None
        time.sleep(0.002)
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=120)
    assert first.returncode != 0
    assert 0 < sum(_copies(sink).values()) < _PEOPLE

    report = campaign(people).send(sink.url, ledger=ledger)

    assert (report.accepted, report.in_doubt) == (_PEOPLE, 0)
    copies = _copies(sink)
    assert (len(copies), max(copies.values())) == (_PEOPLE, 1)
