"""Sending from code that knows no event loop, and on which loop that happens."""

from __future__ import annotations

import asyncio
import sys

import pytest

from safesend import Campaign, Recipient, Template
from safesend.engine.sync import LOOP, from_sync
from safesend.errors import ConfigurationError
from safesend.testing import SmtpServer


async def _loop_name():
    return type(asyncio.get_running_loop()).__module__.partition(".")[0]


@pytest.mark.parametrize("name", ["asyncio", "uvloop"])
def test_the_loop_that_is_asked_for_is_taken(monkeypatch, name):
    """The variable names it."""
    monkeypatch.setenv(LOOP, name)
    assert from_sync(_loop_name) == name


def test_uvloop_is_taken_where_it_is_installed(monkeypatch):
    """Whoever installs the extra wants it."""
    monkeypatch.delenv(LOOP)
    assert from_sync(_loop_name) == "uvloop"


def test_without_uvloop_it_is_asyncio(monkeypatch):
    """It is an extra."""
    monkeypatch.delenv(LOOP)
    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert from_sync(_loop_name) == "asyncio"


def test_uvloop_that_is_missed_is_told_with_what_to_install(monkeypatch):
    """Who asks for it by name must not get another one in silence."""
    monkeypatch.setenv(LOOP, "uvloop")
    monkeypatch.setitem(sys.modules, "uvloop", None)
    with pytest.raises(ConfigurationError, match=r"pip install"):
        from_sync(_loop_name)


def test_a_loop_that_nobody_knows_is_told(monkeypatch):
    """A misspelt name does not fall back to something else."""
    monkeypatch.setenv(LOOP, "uv")
    with pytest.raises(ConfigurationError, match="SAFESEND_LOOP"):
        from_sync(_loop_name)


def test_inside_of_a_running_loop_it_has_its_own(monkeypatch):
    """A notebook's loop runs already; its kind does not matter."""
    monkeypatch.setenv(LOOP, "uvloop")

    async def outside():
        return from_sync(_loop_name)

    assert asyncio.run(outside()) == "uvloop"


@pytest.mark.parametrize("tls", ["none", "starttls", "implicit"])
def test_a_mailing_on_uvloop(monkeypatch, tmp_path, tls):
    """Everybody gets one message each, with TLS and without."""
    monkeypatch.setenv(LOOP, "uvloop")
    people = [f"person{number}@example.org" for number in range(300)]
    audience = [Recipient(person) for person in people]
    with SmtpServer(tls=tls) as server:
        if tls != "none":
            authority = tmp_path / "ca.pem"
            authority.write_bytes(server.ca_pem)
            monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        report = Campaign(
            name="on uvloop",
            sender="office@example.org",
            template=Template("Hello", text="Dear all.\n"),
            audience=audience,
        ).send(server.url, ledger=":memory:")
        assert report.accepted == len(people)
        assert sorted(m.recipient for m in server.messages) == sorted(people)


def test_an_error_follows_from_nothing_else():
    """A traceback has what went wrong, and not that no loop was running."""

    async def fail():
        raise ConfigurationError("so")

    with pytest.raises(ConfigurationError) as caught:
        from_sync(fail)
    assert caught.value.__context__ is None
