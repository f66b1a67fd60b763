"""cli/demo_runs.py: the two mailings of the demo."""

from __future__ import annotations

import attrs
import pytest

from cli.terminal import environment
from safesend.cli.demo_runs import killed_midway, mailed
from safesend.errors import SafesendError
from safesend.testing import SmtpServer


@pytest.fixture(autouse=True)
def _findable(monkeypatch):
    """The second mailing is a process of its own, which must find the library."""
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])


def test_a_mailing_is_read_back(tmp_path):
    """What the server took is what is counted."""
    with SmtpServer() as server:
        first = mailed(tmp_path, 20, server)
    assert first.report.accepted == first.proof.received == 20
    assert first.proof.private
    assert server.violations == []


def test_a_killed_mailing_is_finished_without_a_second_copy(tmp_path):
    """The process really dies in the middle; the next run sends the rest."""
    with SmtpServer() as server:
        second = killed_midway(tmp_path, 200, server)
        people = [name for message in server.messages for name in message.recipients]
    assert second.ok
    assert 100 <= second.before < 200
    assert len(people) == len(set(people)) == second.received
    assert second.received + second.report.in_doubt - second.arrived_in_doubt == 200
    assert second.report.accepted + second.report.in_doubt == 200


@pytest.mark.parametrize("change", [{"max_copies": 2}, {"forgotten": 1}, {"before": 0}])
def test_a_second_copy_or_a_forgotten_person_is_a_failure(tmp_path, change):
    """The verdict looks at each of them, and at whether there was a middle."""
    with SmtpServer() as server:
        first = mailed(tmp_path, 2, server)
    from safesend.cli.demo_runs import Killed

    good = Killed(
        recipients=9,
        before=4,
        report=first.report,
        received=9,
        max_copies=1,
        arrived_in_doubt=0,
        forgotten=0,
    )
    assert good.ok
    worse = {"before": 9} if "before" in change else change
    assert not attrs.evolve(good, **worse).ok


def test_a_mailing_that_cannot_begin_is_told(tmp_path):
    """Without a middle there is nothing to prove, and the reason is shown."""
    with SmtpServer() as server:
        server.reply("mail", "550 5.7.1 go away")
        with pytest.raises(SafesendError, match="ended early"):
            killed_midway(tmp_path, 20, server)
