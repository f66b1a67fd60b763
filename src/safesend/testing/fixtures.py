"""The fixtures of the pytest plugin: a server, an outbox and a clock for one test.

Loaded in every run of whoever has safesend: nothing of the library is imported before
a test asks for a fixture.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from safesend.testing.clock import FakeClock
    from safesend.testing.server import SmtpServer
    from safesend.transports.memory import MemoryTransport

__all__ = [
    "fake_clock",
    "make_smtp_server",
    "outbox",
    "pytest_configure",
    "pytest_runtest_makereport",
    "smtp_server",
]

_SERVERS = pytest.StashKey["list[SmtpServer]"]()


def pytest_configure(config: pytest.Config) -> None:
    """Tell pytest of the marker, so that `--strict-markers` knows it."""
    config.addinivalue_line(
        "markers",
        "smtp_server(tls=..., users=..., ...): what the fixture smtp_server is like;"
        " the keywords of safesend.testing.SmtpServer",
    )


@pytest.fixture
def make_smtp_server(
    request: pytest.FixtureRequest,
) -> Iterator[Callable[..., SmtpServer]]:
    """Start as many scripted SMTP servers as a test needs: `make_smtp_server(tls=...)`.

    The keywords are those of `safesend.testing.SmtpServer`. Each server listens on a
    free port, and stops with the test. In a test that has `fake_clock` too they all go
    by that clock, unless told otherwise.
    """
    from safesend.testing.marking import checked  # noqa: PLC0415 - see above
    from safesend.testing.server import SmtpServer  # noqa: PLC0415

    servers = request.node.stash[_SERVERS] = []
    clock = {}
    if "fake_clock" in request.fixturenames:
        clock["clock"] = request.getfixturevalue("fake_clock")
    with contextlib.ExitStack() as running:

        def make(**options: Any) -> SmtpServer:
            server = SmtpServer(**(clock | checked(options, "make_smtp_server")))
            servers.append(server)
            return running.enter_context(server)

        yield make


@pytest.fixture
def smtp_server(
    request: pytest.FixtureRequest, make_smtp_server: Callable[..., SmtpServer]
) -> SmtpServer:
    """A real, scripted SMTP server on a free port, for one test.

    `.host`, `.port` and `.url` say where; `.messages` is what it took. It is told what
    it is like by `@pytest.mark.smtp_server(tls="starttls", users={"ada": "secret"})`,
    or by parametrising it indirectly with such dictionaries.
    """
    from safesend.testing.marking import options_of  # noqa: PLC0415 - see above

    return make_smtp_server(**options_of(request))


@pytest.fixture
def outbox() -> MemoryTransport:
    """A transport that keeps the envelopes, in `.messages`.

    For code that is given a transport, `campaign.send(outbox, ledger=":memory:")`, and
    for code that opens its own: `open_transport(outbox.url)`.
    """
    from safesend.transports.memory import MemoryTransport  # noqa: PLC0415 - see above

    return MemoryTransport()


@pytest.fixture
def fake_clock() -> FakeClock:
    """A clock whose hours pass in a moment: `fake_clock.advance(3600)`."""
    from safesend.testing.clock import FakeClock  # noqa: PLC0415 - see above

    return FakeClock()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    """Beside the failure of a test: what its servers saw."""
    outcome = yield
    report: pytest.TestReport = outcome.get_result()
    if not report.failed:
        return
    for server in item.stash.get(_SERVERS, ()):
        from safesend.testing.account import account_of  # noqa: PLC0415 - see above

        report.sections.append(("safesend: smtp_server", account_of(server)))
