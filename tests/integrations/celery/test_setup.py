"""integrations/celery/setup.py: what Safesend was told."""

from __future__ import annotations

from pathlib import Path

import pytest

from integrations.celery.apps import LEDGER
from safesend.errors import ConfigurationError
from safesend.fleet import Secrets
from safesend.integrations.celery.setup import Setup


def test_python_goes_before_settings():
    """
    What is given counts, then a setting, then the default.
    """
    conf = {"safesend_ledger": "/srv/other.db", "safesend_pumps": 2}
    made = Setup.of(conf, {"ledger": LEDGER})
    assert (made.ledger, made.pumps, made.seconds, made.via) == (LEDGER, 2, 60.0, None)
    assert Setup.of(conf, {}).ledger == "/srv/other.db"
    assert Setup.of(conf, {"pumps": 9}).pumps == 9


def test_secrets_come_from_variables_unless_they_are_given(monkeypatch):
    """
    A worker of Celery finds them as any worker does; the list may be named apart.
    """
    monkeypatch.setenv("SAFESEND_SUPPRESSION", "/srv/never.db")
    found = Setup.of({}, {"ledger": LEDGER})
    assert found.secrets.suppression == Path("/srv/never.db")
    named = {"ledger": LEDGER, "suppression": "/srv/other.db"}
    assert Setup.of({}, named).secrets.suppression == Path("/srv/other.db")
    own = Secrets()
    assert Setup.of({}, {"ledger": LEDGER, "secrets": own}).secrets is own


def test_nothing_of_it_is_printed():
    """
    A ledger's URL may hold a password.
    """
    made = Setup.of({}, {"ledger": "postgresql://mail:opensesame@db.example/mail"})
    assert "opensesame" not in repr(made)


@pytest.mark.parametrize("place", ["mail.db", ":memory:", "mysql://db/mail"])
def test_a_ledger_that_others_do_not_find_is_refused(place):
    """
    Workers have folders of their own.
    """
    with pytest.raises(ConfigurationError, match="absolute path of a file"):
        Setup.of({}, {"ledger": place})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ledger", "postgresql://mail:secret@db/mail"),
        ("ledger", "postgresql://db/mail?password=secret"),
        ("via", "smtp://me:secret@mail.example.org"),
    ],
)
def test_a_password_in_the_settings_is_refused(name, value):
    """
    Celery shows them to whoever asks a worker; what is given in Python it does not.
    """
    conf = {"safesend_ledger": LEDGER, f"safesend_{name}": value}
    with pytest.raises(ConfigurationError, match=f"safesend_{name} holds") as caught:
        Setup.of(conf, {})
    assert "secret" not in str(caught.value)
    made = Setup.of({}, {"ledger": LEDGER, name: value})
    assert "secret" not in repr(made)


def test_without_a_ledger_there_is_no_work():
    """
    It says both ways to name one.
    """
    with pytest.raises(ConfigurationError, match="the setting safesend_ledger"):
        Setup.of({}, {})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seconds", 601),
        ("seconds", 0),
        ("seconds", "60"),
        ("pumps", 0),
        ("pumps", 1.5),
        ("pumps", True),
        ("wake_every", 0.5),
    ],
)
def test_numbers_have_their_limits(name, value):
    """
    What is out of range is refused, by the name of its setting.
    """
    with pytest.raises(ConfigurationError, match=f"safesend_{name} is"):
        Setup.of({f"safesend_{name}": value}, {"ledger": LEDGER})
