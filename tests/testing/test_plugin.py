"""The plugin as pytest loads it, in runs of its own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SENDS = """
    import smtplib

    import pytest

    from safesend.testing import assert_private

    OCTETS = b"Subject: Come\\r\\n\\r\\nCome!\\r\\n"

    def send(server, *people):
        with smtplib.SMTP(server.host, server.port) as client:
            client.sendmail("office@x.example", people, OCTETS)
"""


@pytest.fixture
def run(pytester: pytest.Pytester) -> pytest.Pytester:
    """A folder whose tests run in this process, with warnings as errors."""
    pytester.makeini(
        "[pytest]\naddopts = --strict-markers --strict-config -p no:cacheprovider\n"
        "filterwarnings = error\n"
    )
    return pytester


def test_a_run_without_mail_notices_nothing(run: pytest.Pytester) -> None:
    """It collects, warns of and prints nothing more, and imports nothing of ours."""
    run.makepyfile(
        """
        import sys

        def test_it():
            ours = [name for name in sys.modules if name.startswith("safesend.")]
            assert [name for name in ours if ".testing" not in name] == []
            assert {"safesend.testing.server", "asyncio"}.isdisjoint(sys.modules)
        """
    )
    others = (f"-pno:{name}" for name in ("anyio", "hypothesispytest", "xdist"))
    done = run.runpytest_subprocess("-q", *others)
    done.assert_outcomes(passed=1)
    assert "safesend" not in done.stdout.str()
    assert done.stderr.str() == ""


def test_the_plugin_imports_next_to_nothing() -> None:
    """Every pytest run of its users pays for it."""
    code = """
import importlib, pytest, sys
before = {*sys.modules}
from safesend.testing import plugin
for name in plugin.pytest_plugins:
    importlib.import_module(name)
print(*({*sys.modules} - before))
"""
    environment = {k: v for k, v in os.environ.items() if "COVERAGE" not in k}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    loaded = {*done.stdout.split()}
    rooms = {name for name in loaded if not name.startswith("safesend.testing")}
    assert rooms - sys.stdlib_module_names == {"safesend"}
    assert {"asyncio", "ssl", "smtplib", "email.message"}.isdisjoint(loaded)


def test_the_marker_and_the_fixtures_are_known(run: pytest.Pytester) -> None:
    """They stand in pytest's own lists, with what they are."""
    markers = run.runpytest("--markers").stdout
    markers.fnmatch_lines(["@pytest.mark.smtp_server(tls=..., users=..., ...): *"])
    fixtures = run.runpytest("--fixtures").stdout
    for name in ("fake_clock", "make_smtp_server", "outbox", "smtp_server"):
        fixtures.fnmatch_lines([f"{name} -- *", "    [A-Z]*"])


def test_a_failure_shows_what_the_server_saw(run: pytest.Pytester) -> None:
    """Below the assertion; addresses masked. What passes shows nothing."""
    run.makepyfile(
        SENDS,
        """
    def test_leak(smtp_server):
        send(smtp_server, "ada@example.org", "bo@example.com")
        assert_private(smtp_server.messages)

    def test_two(smtp_server, make_smtp_server):
        make_smtp_server().reply("rcpt", "550 5.1.1 no")
        pytest.fail("on purpose")

    def test_fine(smtp_server):
        send(smtp_server, "ada@example.org")
    """,
    )
    done = run.runpytest("-rP")
    done.assert_outcomes(passed=1, failed=2)
    done.stdout.fnmatch_lines(
        [
            ">       assert_private(smtp_server.messages)",
            "E       AssertionError: 1 of 1 message is not private",
            "E*  the envelope: names 2 people, *",
            "*- safesend: smtp_server -*",
            "*: 1 connection, 1 transaction, 1 message taken",
            (
                "1. connection 1, o\u2026@x.example to a\u2026@example.org,"
                " b\u2026@example.com: taken: 250 *"
            ),
            "*_ test_two _*",
            "*- safesend: smtp_server -*",
            "*- safesend: smtp_server -*",
            "*: 0 connections, 0 transactions, 0 messages taken",
        ]
    )
    shown = done.stdout.str()
    assert shown.count("safesend: smtp_server") == 3
    assert "privacy.py" not in shown


def test_a_failure_in_another_fixture_shows_it_too(run: pytest.Pytester) -> None:
    """At its start or its end."""
    run.makepyfile(
        SENDS,
        """
    @pytest.fixture
    def app(smtp_server):
        yield smtp_server
        assert len(smtp_server.messages) == 2

    def test_it(app):
        send(app, "ada@example.org")
    """,
    )
    done = run.runpytest()
    done.assert_outcomes(passed=1, errors=1)
    done.stdout.fnmatch_lines(["*- safesend: smtp_server -*", "1. connection 1, *"])


def test_a_test_that_runs_again_shows_its_own_server(run: pytest.Pytester) -> None:
    """Not those of before."""
    run.makepyfile(
        SENDS,
        """
    def test_it(smtp_server):
        pytest.fail("on purpose")
    """,
    )
    run.makeconftest(
        """
        from _pytest.runner import runtestprotocol

        def pytest_runtest_protocol(item, nextitem):
            runtestprotocol(item, log=False, nextitem=nextitem)
            item._initrequest()
        """
    )
    done = run.runpytest()
    done.assert_outcomes(failed=1)
    assert done.stdout.str().count("- safesend: smtp_server -") == 1


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ('mark.smtp_server("starttls")', "*takes keywords only: tls=*"),
        ("mark.smtp_server(tsl=1)", "*'tsl' (did you mean 'tls'?); there are auth_*"),
        (
            'mark.parametrize("smtp_server", ["starttls"], indirect=True)',
            '*parameter smtp_server is a dictionary, as {"tls": "starttls"}, not str',
        ),
        (
            'mark.parametrize("smtp_server", [{"zzz": 1}], indirect=True)',
            "*the parameter smtp_server does not know 'zzz'; there are *",
        ),
    ],
)
def test_a_wrong_mark_is_an_error_of_its_test(
    run: pytest.Pytester, mark: str, said: str
) -> None:
    """In one line, without ours."""
    run.makepyfile(SENDS, f"\n    @pytest.{mark}\n    def test_it(smtp_server): pass")
    done = run.runpytest()
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines([said])
    assert "marking.py" not in done.stdout.str()


def test_workers_do_not_meet(run: pytest.Pytester) -> None:
    """Each test of pytest-xdist has a server and an outbox of its own."""
    run.makepyfile(
        SENDS,
        """
    @pytest.mark.parametrize("number", range(12))
    def test_it(smtp_server, outbox, number):
        send(smtp_server, f"p{number}@example.org")
        assert [m.recipient for m in smtp_server.messages] == [f"p{number}@example.org"]
        assert number != 7
    """,
    )
    done = run.runpytest_subprocess("-n2", "-q")
    done.assert_outcomes(passed=11, failed=1)
    done.stdout.fnmatch_lines(
        ["*- safesend: smtp_server -*", "1. connection 1, *: taken: 250 *"]
    )


def test_it_can_be_left_out(run: pytest.Pytester) -> None:
    """By the name under which it is installed."""
    run.makepyfile("def test_it(smtp_server): pass")
    done = run.runpytest("-p", "no:safesend")
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["*fixture 'smtp_server' not found"])
