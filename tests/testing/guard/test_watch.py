"""Every mailer that is loaded, watched from here to there."""

from __future__ import annotations

import importlib
import sys

import pytest

from safesend.testing.guard.watch import MAILERS, MailWatch


@pytest.mark.parametrize("name", sorted(set(MAILERS.values())))
def test_each_mailer_has_its_watcher(name: str) -> None:
    """A module of its own, with one function."""
    module = importlib.import_module(f"safesend.testing.guard.{name}")
    assert module.__all__ == ["watch"]


def test_two_watches_may_be_inside_of_one_another() -> None:
    """Both see what is sent, and the inner one ends first."""
    import smtplib

    class Pretending(smtplib.SMTP):
        def sendmail(self, *args: object, **kwargs: object) -> dict[str, object]:
            return {}

    finders = sys.meta_path[:]
    with MailWatch() as outer:
        with MailWatch() as inner:
            Pretending().sendmail("c@example.org", ["ada@example.org"], "To: x\n\n")
        Pretending().sendmail("c@example.org", ["ada@example.org"], "To: x\n\n")
    Pretending().sendmail("c@example.org", ["ada@example.org"], "To: x\n\n")
    assert len(inner.sent) == 1
    assert len(outer.sent) == 2
    assert sys.meta_path == finders
