"""Rules for the tests themselves."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from architecture.source import PACKAGE, TESTS, Function, functions, modules, tree

FILES = sorted(TESTS.rglob("test_*.py"))

# A module whose tests stand in a file with another name: what tests it, and why.
ELSEWHERE = {
    # The loop's parts only mean something together: tried through whole mailings.
    "engine/bookkeeper.py": "engine/test_mailing.py",
    "engine/accounting.py": "engine/test_mailing.py",
    "engine/doors.py": "engine/test_seating.py",
    "engine/lanes.py": "engine/test_mailing.py",
    "engine/lookout.py": "engine/test_mailing.py",
    "engine/making.py": "engine/test_mailing.py",
    "engine/plan.py": "engine/test_mailing.py",
    "engine/rig.py": "engine/test_mailing.py",
    "engine/run.py": "engine/test_mailing.py",
    "engine/settings.py": "engine/test_mailing.py",
    "engine/share.py": "engine/test_traffic.py",
    # What workers share shows itself where several send.
    "engine/fleet.py": "engine/test_workers.py",
    # What people agree to is tried in both ledgers at once.
    "ledger/agreements.py": "ledger/test_consent.py",
    "ledger/own_consent.py": "ledger/test_consent.py",
    "ledger/papers.py": "ledger/test_consent.py",
    "ledger/pilots.py": "ledger/test_consent.py",
    "ledger/own_suppressions.py": "ledger/test_memory.py",
    # What these do with rows is what the suite of every ledger is about.
    "ledger/postgres/booking.py": "ledger/postgres/test_ledger.py",
    "ledger/postgres/campaigns.py": "ledger/postgres/test_ledger.py",
    "ledger/postgres/decisions.py": "ledger/postgres/test_ledger.py",
    "ledger/postgres/states.py": "ledger/postgres/test_ledger.py",
    "ledger/postgres/suppressions.py": "ledger/postgres/test_ledger.py",
    # Who keeps limits and seats keeps the same promises, wherever.
    "ledger/postgres/paces.py": "ledger/test_redis.py",
    "ledger/postgres/seats.py": "ledger/test_seats.py",
    "ledger/redis_seats.py": "ledger/test_seats.py",
    "ledger/sqlite_seats.py": "ledger/test_seats.py",
    # So does who knows how far a suppression list has come.
    "ledger/postgres/lists.py": "ledger/test_lists.py",
    "ledger/sqlite_lists.py": "ledger/test_lists.py",
    # A line shows what it is when it is cut.
    "ledger/postgres/repeating.py": "ledger/postgres/test_database.py",
    # The command is its one call.
    "fleet/__main__.py": "fleet/test_helping.py",
    "smtplib/__main__.py": "smtplib/test_running.py",
    # Where news lies, and what is told of it, is tried through the two commands.
    "cli/news.py": "cli/test_bounces.py",
    # The front door shows what these make of what it was given.
    "engine/options.py": "test_campaign.py",
    "ledger/beside.py": "test_campaign.py",
}

# Nothing of its own to test: lists of names, protocols, values without behaviour.
NOTHING_TO_TEST = {
    "checks/mention.py",
    "clock.py",
    "engine/company.py",
    "feedback/mailboxes/base.py",
    "ledger/base.py",
    "ledger/flow.py",
    "transports/base.py",
}


def _own(path: Path) -> str:
    return str(path.relative_to(TESTS))


def _test_functions(path: Path) -> list[Function]:
    return [f for f in functions(path) if f.name.startswith("test_")]


@pytest.mark.parametrize("path", FILES, ids=_own)
def test_every_test_says_what_is_true(path: Path) -> None:
    """Each test begins with a sentence."""
    silent = [f.name for f in _test_functions(path) if not ast.get_docstring(f)]
    assert silent == []


@pytest.mark.parametrize("path", FILES, ids=_own)
def test_no_two_tests_share_a_name(path: Path) -> None:
    """A later test does not silently take the place of an earlier one."""
    for scope in ast.walk(tree(path)):
        if isinstance(scope, ast.Module | ast.ClassDef):
            names = [n.name for n in scope.body if isinstance(n, Function)]
            assert len(names) == len(set(names))


def test_nothing_of_ours_is_mocked() -> None:
    """Fakes are shipped in `safesend.testing`; nothing is patched into being."""
    mocks = re.compile(r"unittest\.mock|\bMagicMock\b|\bmocker\b|import mock\b")
    found = [_own(path) for path in FILES if mocks.search(path.read_text("utf-8"))]
    rules = ["architecture/test_imports.py", "architecture/test_tests.py"]
    # Other people's tests mock their mailers, and the guard sees what these are given.
    watched = ["testing/guard/test_mocks.py"]
    assert [name for name in found if name not in rules + watched] == []


def test_every_module_has_a_test_file_opposite() -> None:
    """`smtp/reply.py` is covered by `tests/smtp/test_reply.py`."""
    missing = []
    for path in modules():
        name = str(path.relative_to(PACKAGE))
        opposite = TESTS / path.parent.relative_to(PACKAGE) / f"test_{path.name}"
        if path.name == "__init__.py" or name in NOTHING_TO_TEST:
            continue
        if not (opposite.exists() or (TESTS / ELSEWHERE.get(name, "-")).exists()):
            missing.append(name)
    assert missing == []


def test_the_exceptions_to_the_mirror_are_needed() -> None:
    """What stands in the lists of exceptions exists, and is an exception."""
    for name in [*ELSEWHERE, *NOTHING_TO_TEST]:
        assert (PACKAGE / name).exists()
    for name, where in ELSEWHERE.items():
        assert (TESTS / where).exists()
        folder, _, file = name.rpartition("/")
        assert not (TESTS / folder / f"test_{file}").exists()
