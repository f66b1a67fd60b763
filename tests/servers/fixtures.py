"""Fixtures of the real servers.

A test whose server is missing fails in CI (the variable CI is set) and skips, saying
what to install, elsewhere. The log of a server is shown with a failure.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator

import pytest

from servers.browser import Browser, run_browser
from servers.dovecot import sasl_socket
from servers.dovecot_lmtp import DovecotLmtp, run_dovecot_lmtp
from servers.postfix import Postfix, run_postfix
from servers.process import Daemon, MissingServer, folder
from servers.smtp_sink import Sink, run_sink

SERVERS = pytest.StashKey[list[Daemon]]()
"""The servers of a test, whose logs are shown when it fails."""

__all__ = [
    "SERVERS",
    "browser",
    "dovecot_lmtp",
    "or_skip",
    "postfix",
    "running_dovecot_lmtp",
    "running_postfix",
    "smtp_sink",
]


@contextlib.contextmanager
def or_skip() -> Iterator[None]:
    """What a test does whose server is missing."""
    try:
        yield
    except MissingServer as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def running_postfix() -> Iterator[Postfix]:
    """One Postfix with STARTTLS and AUTH for a whole worker."""
    with contextlib.ExitStack() as stack:
        with or_skip():
            place = stack.enter_context(folder("dovecot"))
            sasl = stack.enter_context(sasl_socket(place))
            server = stack.enter_context(run_postfix(sasl))
        yield server


@pytest.fixture
def postfix(running_postfix: Postfix, request: pytest.FixtureRequest) -> Postfix:
    """The Postfix of this run; deliver to a domain of your own below example.test."""
    request.node.stash.setdefault(SERVERS, []).append(running_postfix.daemon)
    return running_postfix


@pytest.fixture(scope="session")
def running_dovecot_lmtp() -> Iterator[DovecotLmtp]:
    """One Dovecot that keeps mailboxes, for a whole worker."""
    with contextlib.ExitStack() as stack:
        with or_skip():
            server = stack.enter_context(run_dovecot_lmtp())
        yield server


@pytest.fixture
def dovecot_lmtp(
    running_dovecot_lmtp: DovecotLmtp, request: pytest.FixtureRequest
) -> DovecotLmtp:
    """The Dovecot of this run; deliver to people of your own."""
    request.node.stash.setdefault(SERVERS, []).append(running_dovecot_lmtp.daemon)
    return running_dovecot_lmtp


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for a whole worker; see `Browser.open`."""
    with contextlib.ExitStack() as stack:
        with or_skip():
            chromium = stack.enter_context(run_browser())
        yield chromium


@pytest.fixture
def smtp_sink(request: pytest.FixtureRequest) -> Iterator[Callable[..., Sink]]:
    """Starts sinks: `smtp_sink("-r", "RCPT", keep=False)`; all end with the test."""
    with contextlib.ExitStack() as stack:

        def start(*options: str, keep: bool = True, port: int | None = None) -> Sink:
            with or_skip():
                sink = stack.enter_context(run_sink(*options, keep=keep, port=port))
            request.node.stash.setdefault(SERVERS, []).append(sink.daemon)
            return sink

        yield start
