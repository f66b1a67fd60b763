"""The guard in pytest: options, markers, the fixture `no_leaks`, and the failure.

Without the fixture, the ini option or the command line's option nothing of it is
loaded but this file.
"""

from __future__ import annotations

import warnings
from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

from safesend.testing.guard import SharedMessageWarning, UnreadMessageWarning

if TYPE_CHECKING:
    from safesend.testing.guard.judge import Seen
    from safesend.testing.guard.watch import MailWatch

__all__ = [
    "no_leaks",
    "pytest_addoption",
    "pytest_configure",
    "pytest_runtest_call",
    "pytest_runtest_makereport",
    "pytest_runtest_setup",
    "pytest_runtest_teardown",
]

_WATCH = pytest.StashKey["MailWatch"]()
_TOLD = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, on the command line and in the configuration file."""
    group = parser.getgroup("safesend")
    group.addoption(
        "--safesend-guard",
        action="store_true",
        default=None,
        dest="safesend_guard",
        help="fail every test that sends mail which shows people to one another",
    )
    group.addoption(
        "--no-safesend-guard",
        action="store_false",
        default=None,
        dest="safesend_guard",
        help="do not, whatever safesend_guard says in the configuration file",
    )
    parser.addini(
        "safesend_guard",
        "fail every test that sends mail which shows people to one another",
        type="bool",
        default=False,
    )
    parser.addini(
        "safesend_colleagues",
        "addresses of your own house: they may be seen by all, and see all",
        type="linelist",
    )


def pytest_configure(config: pytest.Config) -> None:
    """The markers, for `--strict-markers` and `--markers`."""
    config.addinivalue_line(
        "markers",
        "discloses(reason): this test shows people to one another on purpose; a Bcc"
        " header that is sent along still fails it (safesend)",
    )
    config.addinivalue_line(
        "markers", "unguarded: nothing of this test is watched (safesend)"
    )
    try:
        config.getini("safesend_guard")
    except (ValueError, pytest.UsageError) as error:
        raise pytest.UsageError(f"safesend_guard: {error}; true or false") from None
    if colleagues := config.getini("safesend_colleagues"):
        _check(colleagues)


def _check(colleagues: list[str]) -> None:
    from safesend.errors import AddressError  # noqa: PLC0415
    from safesend.message.address import Address  # noqa: PLC0415

    for each in colleagues:
        try:
            Address.parse(each)
        except AddressError as error:
            raise pytest.UsageError(f"safesend_colleagues: {error}") from None


@pytest.fixture
def no_leaks(request: pytest.FixtureRequest) -> MailWatch:
    """Fail the test if any mail that it sends shows people to one another.

    Whatever mailer sends it. `no_leaks.sent` holds what was sent so far.
    """
    item: pytest.Item = request.node
    if _WATCH in item.stash:
        return item.stash[_WATCH]
    if item.get_closest_marker("unguarded"):
        return _new_watch()
    return _begin(item)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    """Begin to watch before the first fixture is made."""
    if _is_asked_for(item):
        _begin(item)
    return (yield)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail the test itself, unless it has failed for another reason."""
    result = yield
    # A TestCase keeps its failures for the report, and raises none.
    if not getattr(item, "_excinfo", None) and (text := _untold(item)):
        pytest.fail(text, pytrace=False)
    return result


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Put everything back, and tell what the fixtures sent at the end."""
    try:
        result = yield
    finally:
        if (watch := item.stash.get(_WATCH, None)) is not None:
            watch.stop()
    if text := _untold(item):
        pytest.fail(text, pytrace=False)
    return result


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Beside an end of another kind, tell what leaked; after the test, forget it."""
    report = yield
    if not report.passed and (text := _untold(item)):
        report.sections.append(("mail that shows people to one another", text))
    if report.when == "teardown":
        _forget(item)
    return report


def _forget(item: pytest.Item) -> None:
    if _WATCH in item.stash:
        del item.stash[_WATCH], item.stash[_TOLD]


def _is_asked_for(item: pytest.Item) -> bool:
    if item.get_closest_marker("unguarded"):
        return False
    if "no_leaks" in getattr(item, "fixturenames", ()):
        return True
    on_the_command_line: bool | None = item.config.getoption("safesend_guard")
    if on_the_command_line is not None:
        return on_the_command_line
    return bool(item.config.getini("safesend_guard"))


def _new_watch() -> MailWatch:
    from safesend.testing.guard.watch import MailWatch  # noqa: PLC0415

    return MailWatch()


def _begin(item: pytest.Item) -> MailWatch:
    _reason(item)
    watch = item.stash[_WATCH] = _new_watch()
    item.stash[_TOLD] = 0
    watch.start()
    return watch


def _reason(item: pytest.Item) -> str:
    """Why a test may disclose; "" when it may not."""
    marker = item.get_closest_marker("discloses")
    if marker is None:
        return ""
    reason = marker.kwargs.get("reason", next(iter(marker.args), None))
    if not isinstance(reason, str) or not reason.strip():
        pytest.fail(
            "@pytest.mark.discloses needs a reason: who may see whom, and why",
            pytrace=False,
        )
    return reason


def _untold(item: pytest.Item) -> str:
    """What leaked and was not told yet; "" when nothing did."""
    watch = item.stash.get(_WATCH, None)
    if watch is None or len(watch.sent) == item.stash[_TOLD]:
        return ""
    from safesend.testing.guard.judge import judge  # noqa: PLC0415
    from safesend.testing.guard.telling import told  # noqa: PLC0415

    colleagues = item.config.getini("safesend_colleagues")
    judgement = judge(watch.sent, colleagues, meant=bool(_reason(item)))
    new = {id(sent) for sent in watch.sent[item.stash[_TOLD] :]}
    item.stash[_TOLD] = len(watch.sent)
    leaking = [seen for seen in judgement.leaking if id(seen.sent) in new]
    unsure = [*judgement.shared, *judgement.unread]
    leaking += _warned(item, [seen for seen in unsure if id(seen.sent) in new])
    return told(leaking, item.config.rootpath, item.nodeid) if leaking else ""


def _warned(item: pytest.Item, unsure: list[Seen]) -> list[Seen]:
    """Warn of what may leak, at the line that did it; those of which it is an error.

    A run may make errors of warnings (`-W error`): then they are told as the others.
    """
    from safesend.testing.guard.telling import as_leak, sentence  # noqa: PLC0415

    errors = []
    for seen in unsure:
        place = seen.sent.place
        file, line = (place.file, place.line) if place else (str(item.path), 1)
        kind = UnreadMessageWarning if seen.sent.trouble else SharedMessageWarning
        try:
            warnings.warn_explicit(sentence(seen), kind, file, line)
        except kind:
            errors.append(as_leak(seen))
    return errors
