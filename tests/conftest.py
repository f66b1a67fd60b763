"""What every test of this tree may use."""

from __future__ import annotations

import os
import random
from collections.abc import Generator
from pathlib import Path

import hypothesis
import pytest

from checks.planting.office import office_file
from servers.fixtures import (
    SERVERS,
    aws,
    browser,
    dovecot_lmtp,
    moto_port,
    postfix,
    running_dovecot_lmtp,
    running_postfix,
    ses_local_port,
    ses_peer,
    smtp_sink,
)
from servers.fleet import (
    own_postgres,
    own_redis,
    pgbouncer,
    postgres,
    rabbitmq,
    redis_server,
    running_pgbouncer,
    running_postgres,
    running_rabbitmq,
    running_redis,
)

TESTS = Path(__file__).parent

pytest_plugins = ["pytester"]

__all__ = [
    "aws",
    "browser",
    "dovecot_lmtp",
    "moto_port",
    "office_file",
    "own_postgres",
    "own_redis",
    "pgbouncer",
    "postfix",
    "postgres",
    "rabbitmq",
    "redis_server",
    "running_dovecot_lmtp",
    "running_pgbouncer",
    "running_postfix",
    "running_postgres",
    "running_rabbitmq",
    "running_redis",
    "ses_local_port",
    "ses_peer",
    "smtp_sink",
]

# Two cores shared by everything make a deadline a dice; failures print how to repeat.
hypothesis.settings.register_profile(
    "default",
    deadline=None,
    max_examples=60,
    print_blob=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.register_profile(
    "thorough", parent=hypothesis.settings.get_profile("default"), max_examples=2000
)
hypothesis.settings.load_profile(os.environ.get("SAFESEND_HYPOTHESIS", "default"))


@pytest.fixture(autouse=True)
def _own_world(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> None:
    """No test reads or writes the keys, settings or terminal width of who runs it.

    And each has the same luck every time, so that a wait that fails can be repeated.
    """
    random.seed(request.node.nodeid)
    home = tmp_path_factory.getbasetemp() / "home"
    home.mkdir(exist_ok=True)
    monkeypatch.setenv("XDG_DATA_HOME", str(home))
    monkeypatch.delenv("SAFESEND_KEY", raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    # The loop that most people have; SAFESEND_LOOP=uvloop runs all tests on the other.
    monkeypatch.setenv("SAFESEND_LOOP", os.environ.get("SAFESEND_LOOP", "asyncio"))
    # Programs that a test starts import what the test itself can.
    found = [str(TESTS), str(TESTS.parent / "src"), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, found)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the log of a server beside the failure of its test."""
    report = yield
    if report.when == "call" and report.failed:
        for server in item.stash.get(SERVERS, []):
            report.sections.append(("server log", server.log_tail()))
    return report
