"""A real Postfix with each fault: told apart; what is advised, set in it, mends it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import ssl
import subprocess
import time

import pytest

from safesend.preflight import Grade, Question, worst
from safesend.preflight.relay import check_relays
from safesend.transports import SmtpTransport
from servers.dovecot import sasl_socket
from servers.fixtures import or_skip
from servers.postfix import run_postfix
from servers.process import folder, program

pytestmark = [pytest.mark.server, pytest.mark.slow]

QUESTION = Question(
    sender="example.org",
    envelope="example.org",
    recipients={"example.net": 3},
    largest=50_000,
    needs_utf8=True,
)
NEW = ("smtpd_tls_mandatory_protocols = >=TLSv1.2", "smtpd_tls_protocols = >=TLSv1.2")
NUMBERS = itertools.count(1)
WEAK = (
    "smtpd_tls_ciphers = medium",
    "tls_medium_cipherlist = ALL:@SECLEVEL=0",
)


@pytest.fixture(scope="module")
def own():
    """A Postfix whose settings are ours."""
    with contextlib.ExitStack() as stack:
        with or_skip():
            sasl = stack.enter_context(sasl_socket(stack.enter_context(folder("sasl"))))
            server = stack.enter_context(run_postfix(sasl))
        yield server


def configured(server, *settings):
    """New settings, and a Postfix that has read them: its greeting is a new one."""
    where, greeting = ["-c", str(server.etc)], f"localhost ESMTP {next(NUMBERS)}"
    settings = (*settings, f"smtpd_banner = {greeting}")
    subprocess.run(
        [program("postconf", "postfix"), *where, "-e", *settings], check=True
    )
    subprocess.run(
        [program("postfix", "postfix"), *where, "reload"],
        check=True,
        capture_output=True,
    )
    greeted(server.port, f"220 {greeting}\r\n".encode())


def greeted(port, greeting):
    """Wait until it says this: one that was reloaded may answer as before at first."""
    end = time.monotonic() + 90
    while time.monotonic() < end:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port), 2) as line,
        ):
            if line.recv(100) == greeting:
                return
        time.sleep(0.05)
    raise AssertionError("Postfix did not come back")


def looked(server):
    context = ssl.create_default_context(cafile=str(server.ca))
    relay = SmtpTransport("localhost", server.port, tls_context=context)
    return check_relays(QUESTION, asyncio.run(relay.probe()))


@pytest.mark.parametrize(
    ("broken", "found", "told", "mended", "advised"),
    [
        (
            ["smtpd_tls_security_level = none"],
            ("TLS", Grade.FAIL),
            "does not offer it",
            ["smtpd_tls_security_level = may"],
            "smtpd_tls_security_level = may",
        ),
        (
            ["smtpd_tls_protocols = <=TLSv1.1", *WEAK],
            ("TLS", Grade.FAIL),
            "it speaks TLS 1.1 at most",
            NEW,
            "smtpd_tls_mandatory_protocols = >=TLSv1.2",
        ),
        (
            ["smtpd_tls_protocols = TLSv1.2"],
            ("TLS", Grade.WARN),
            "not TLS 1.3",
            NEW,
            "TLS 1.3",
        ),
        (
            ["message_size_limit = 49000"],
            ("SIZE", Grade.FAIL),
            "it takes 49000 octets",
            ["message_size_limit = 62500"],
            "message_size_limit = 62500",
        ),
        (
            ["smtputf8_enable = no"],
            ("SMTPUTF8", Grade.FAIL),
            "not in ASCII",
            ["smtputf8_enable = yes"],
            "smtputf8_enable = yes",
        ),
        (
            ["smtpd_discard_ehlo_keywords = pipelining"],
            ("PIPELINING", Grade.WARN),
            "one command at a time",
            ["smtpd_discard_ehlo_keywords ="],
            "no pipelining in smtpd_discard_ehlo_keywords",
        ),
        (
            ["smtpd_discard_ehlo_keywords = dsn"],
            ("DSN", Grade.WARN),
            "no DSN",
            ["smtpd_discard_ehlo_keywords ="],
            "no dsn in smtpd_discard_ehlo_keywords",
        ),
    ],
)
def test_a_setting_and_the_one_that_mends_it(  # noqa: PLR0917 - a row of a table
    own, broken, found, told, mended, advised
):
    """One fault is found, and nothing once the advice was followed."""
    configured(own, *broken)
    fault, *_ = [one for one in looked(own) if one.grade is not Grade.PASS]

    assert (fault.what, fault.grade) == found
    assert told in fault.reason
    assert advised in fault.publish
    configured(own, *mended)
    assert worst(looked(own)) is Grade.PASS


@pytest.mark.parametrize(
    ("file", "told"),
    [("expired.pem", "has expired"), ("wrong.pem", "for other names")],
)
def test_a_certificate_and_the_one_that_mends_it(own, file, told):
    """It has the host's name, and has not expired."""
    folder = own.ca.parent
    configured(own, f"smtpd_tls_chain_files = {folder / file}")
    assert told in looked(own)[0].reason

    configured(own, f"smtpd_tls_chain_files = {folder / 'good.pem'}")
    assert worst(looked(own)) is Grade.PASS
