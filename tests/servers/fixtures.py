"""Fixtures of the real servers.

A test whose server is missing fails in CI (the variable CI is set) and skips, saying
what to install, elsewhere. The log of a server is shown with a failure.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from servers.browser import Browser, run_browser
from servers.dovecot import sasl_socket
from servers.dovecot_lmtp import DovecotLmtp, run_dovecot_lmtp
from servers.postfix import Postfix, run_postfix
from servers.process import Daemon, MissingServer, folder
from servers.service import Service
from servers.ses import CREDENTIALS, Recorder, run_moto, run_ses_local
from servers.smtp_sink import Sink, run_sink

SERVERS = pytest.StashKey[list[Daemon | Service]]()
"""The servers of a test, whose logs are shown when it fails."""

__all__ = [
    "SERVERS",
    "aws",
    "browser",
    "dovecot_lmtp",
    "moto_port",
    "or_skip",
    "postfix",
    "running_dovecot_lmtp",
    "running_postfix",
    "ses_local_port",
    "ses_peer",
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


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Credentials of nobody, and no way for boto3 to anything but this machine."""
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    # Whatever forgets to name an endpoint finds nobody there.
    own = {**CREDENTIALS, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    for name, value in own.items():
        monkeypatch.setenv(name, value)
    return own


@pytest.fixture(scope="session")
def moto_port() -> Iterator[int]:
    """One moto for a whole worker; example.org is verified."""
    with contextlib.ExitStack() as stack:
        with or_skip():
            port = stack.enter_context(run_moto("example.org"))
        yield port


@pytest.fixture(scope="session")
def ses_local_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """One aws-ses-v2-local for a whole worker."""
    place: Path = tmp_path_factory.mktemp("ses-local")
    with contextlib.ExitStack() as stack:
        with or_skip():
            port = stack.enter_context(run_ses_local(place))
        yield port


@pytest.fixture(params=["moto", "ses-local"])
def ses_peer(request: pytest.FixtureRequest, aws: dict[str, str]) -> Iterator[Recorder]:
    """Either peer, with what records every request before it."""
    name = "moto_port" if request.param == "moto" else "ses_local_port"
    with Recorder(peer=request.getfixturevalue(name)) as recorder:
        yield recorder
