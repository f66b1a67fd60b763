"""A session is opened safely, or not at all."""

from __future__ import annotations

import base64

import attrs
import pytest

from safesend.errors import TransportError
from safesend.redaction import Secret
from safesend.smtp import (
    Capabilities,
    ConnectionLost,
    Credentials,
    Exchange,
    Opening,
    Reply,
    Security,
    StartTls,
    opening,
)

from .post import answer

HELLO = Reply(250, None, ("mx.example.org", "PIPELINING", "STARTTLS"))
SECURED = Reply(250, None, ("mx.example.org", "SIZE 99", "AUTH PLAIN LOGIN"))
TOKENS = Reply(250, None, ("mx.example.org", "AUTH XOAUTH2"))
BEARER = Reply(250, None, ("mx.example.org", "AUTH OAUTHBEARER XOAUTH2"))
READY = answer("220 mx.example.org")
WELCOME = answer("235 2.7.0 welcome")
TLS = "(handshake)"
PASSWORD = Credentials("ada", Secret("hunter2"))
TOKEN = Credentials("ada", token=Secret("ya29.tok"), host="mx.example.org", port=587)


def opened(settings, *given):
    """What was written, and the result or the error."""
    conversation, written, shown = opening(settings), [], []
    result = None
    replies = iter(given)
    try:
        step = next(conversation)
        while True:
            if isinstance(step, Exchange):
                written.append(step.wire)
                shown.append(step.shown)
            else:
                assert isinstance(step, StartTls)
                written.append(TLS)
            one = next(replies)
            if isinstance(one, Exception):
                step = conversation.throw(one)
            else:
                step = conversation.send([] if one is TLS else [one])
    except StopIteration as end:
        result = end.value
    except TransportError as error:
        result = error
    assert "hunter2" not in "".join(shown) + str(result) + repr(result)
    assert getattr(result, "__context__", None) is None
    return written, result


def settings(security, credentials=None):
    return Opening("mail.example.org", security, credentials)


def test_plaintext():
    """Greeting and EHLO; what was said is known."""
    written, capabilities = opened(settings(Security.PLAINTEXT), READY, HELLO)

    assert written == [b"", b"EHLO mail.example.org\r\n"]
    assert capabilities == Capabilities(pipelining=True, starttls=True)


def test_starttls():
    """EHLO is said again, and what was said in clear is forgotten (RFC 3207)."""
    written, capabilities = opened(
        settings(Security.STARTTLS), READY, HELLO, answer("220 go"), TLS, SECURED
    )

    hello = b"EHLO mail.example.org\r\n"
    assert written == [b"", hello, b"STARTTLS\r\n", TLS, hello]
    assert not capabilities.pipelining
    assert capabilities.size == 99


def test_implicit_tls():
    """The handshake comes before anything else."""
    written, _ = opened(settings(Security.IMPLICIT), TLS, READY, SECURED)

    assert written == [TLS, b"", b"EHLO mail.example.org\r\n"]


def test_helo_where_ehlo_is_not_known():
    """Such a server can do nothing that has to be asked for."""
    written, capabilities = opened(
        settings(Security.PLAINTEXT), READY, answer("502 what"), answer("250 hello")
    )

    assert written[-1] == b"HELO mail.example.org\r\n"
    assert capabilities == Capabilities()


@pytest.mark.parametrize(
    ("given", "stage", "code", "permanent"),
    [
        ([answer("554 5.7.1 not you")], "connect", 554, True),
        ([answer("421 busy")], "connect", 421, False),
        ([answer("250 odd")], "connect", 250, False),
        ([READY, answer("421 busy")], "ehlo", 421, False),
        ([READY, answer("550 no"), answer("550 no")], "ehlo", 550, True),
        ([READY, answer("550 no"), answer("450 no")], "ehlo", 450, False),
        ([READY, HELLO, answer("454 4.7.0 no TLS")], "starttls", 454, False),
        ([READY, HELLO, answer("502 no")], "starttls", 502, True),
        ([READY, HELLO, answer("250 odd")], "starttls", 250, False),
    ],
)
def test_a_server_that_does_not_take_us(given, stage, code, permanent):
    """The stage, the code and whether it is worth another try are told."""
    _, error = opened(settings(Security.STARTTLS), *given)

    assert isinstance(error, TransportError)
    assert (error.stage, error.code, error.permanent) == (stage, code, permanent)
    assert str(code) in str(error)


@pytest.mark.parametrize(
    "given",
    [
        [READY, SECURED],
        [READY, answer("502 what"), answer("250 hello")],
    ],
)
def test_starttls_stripped_is_the_end(given):
    """Neither a password nor a letter is written (RFC 3207 section 6)."""
    written, error = opened(settings(Security.STARTTLS, PASSWORD), *given)

    assert isinstance(error, TransportError)
    assert (error.stage, error.permanent) == ("starttls", True)
    assert not any(b"AUTH" in line or b"MAIL" in line for line in written)


@pytest.mark.parametrize("permanent", [True, False])
def test_a_failed_handshake(permanent):
    """The certificate's fault is permanent, a broken line's is not."""
    lost = ConnectionLost("expired", permanent=permanent)
    written, error = opened(settings(Security.IMPLICIT), lost)

    assert (error.stage, error.permanent, str(error)) == (
        "starttls",
        permanent,
        "expired",
    )
    assert written == [TLS]


@pytest.mark.parametrize(
    ("before", "stage"),
    [([], "connect"), ([READY], "ehlo"), ([READY, HELLO], "starttls")],
)
def test_a_line_that_breaks(before, stage):
    """It may be tried again."""
    _, error = opened(settings(Security.STARTTLS), *before, ConnectionLost("cut"))

    assert (error.stage, error.permanent, str(error)) == (stage, False, "cut")


def test_plain():
    """One line says it all."""
    written, _ = opened(
        settings(Security.IMPLICIT, PASSWORD), TLS, READY, SECURED, WELCOME
    )

    assert written[-1] == b"AUTH PLAIN AGFkYQBodW50ZXIy\r\n"


def test_login():
    """Name and password are answers."""
    offered = Reply(250, None, ("mx", "AUTH=LOGIN"))
    asked = [answer("334 VXNlcm5hbWU6"), answer("334 UGFzc3dvcmQ6"), WELCOME]
    written, _ = opened(
        settings(Security.IMPLICIT, PASSWORD), TLS, READY, offered, *asked
    )

    assert written[-3:] == [b"AUTH LOGIN\r\n", b"YWRh\r\n", b"aHVudGVyMg==\r\n"]


@pytest.mark.parametrize(
    ("offered", "name", "last"),
    [(BEARER, "OAUTHBEARER", b"AQ==\r\n"), (TOKENS, "XOAUTH2", b"\r\n")],
)
def test_a_token_that_is_refused(offered, name, last):
    """The challenge is answered as the mechanism wants, and its status is told."""
    status = base64.b64encode(b'{"status":"invalid_token"}').decode()
    written, error = opened(
        settings(Security.IMPLICIT, TOKEN),
        TLS,
        READY,
        offered,
        answer(f"334 {status}"),
        answer("535 5.7.8 no"),
    )

    assert written[-2].startswith(f"AUTH {name} ".encode())
    assert written[-1] == last
    assert (error.stage, error.code, error.permanent) == ("auth", 535, True)
    assert "invalid_token" in str(error)


def test_a_token_that_is_taken():
    """Nothing more is said."""
    written, capabilities = opened(
        settings(Security.IMPLICIT, TOKEN), TLS, READY, BEARER, WELCOME
    )

    assert len(written) == 4
    assert capabilities.auth == ("OAUTHBEARER", "XOAUTH2")


@pytest.mark.parametrize(
    ("reply", "code", "permanent"),
    [
        ("535 5.7.8 hunter2 is not the password of ada@example.org", 535, True),
        ("454 4.7.0 try later", 454, False),
        ("334 more", 334, False),
        ("421 bye", 421, False),
    ],
)
def test_a_login_that_is_refused(reply, code, permanent):
    """A server's answer is told without what is secret in it."""
    _, error = opened(
        settings(Security.IMPLICIT, PASSWORD), TLS, READY, SECURED, answer(reply)
    )

    assert (error.stage, error.code, error.permanent) == ("auth", code, permanent)
    assert "ada@" not in str(error)


@pytest.mark.parametrize("offered", [HELLO, TOKENS])
def test_no_login_that_fits(offered):
    """A password is not given to a mechanism for tokens, nor to none."""
    written, error = opened(settings(Security.IMPLICIT, PASSWORD), TLS, READY, offered)

    assert (error.stage, error.permanent) == ("auth", True)
    assert not any(b"AUTH" in line for line in written[1:])


def test_no_login_in_clear():
    """Even if somebody asks for it and the server offers it."""
    written, error = opened(settings(Security.PLAINTEXT, PASSWORD), READY, SECURED)

    assert (error.stage, error.permanent) == ("auth", True)
    assert not any(b"AUTH" in line for line in written)


def test_a_421_may_come_at_any_time():
    """It is not taken for the welcome."""
    _, error = opened(settings(Security.PLAINTEXT), READY, answer("421 shutting down"))

    assert (error.code, error.permanent) == (421, False)


def test_settings_print_no_secret():
    """What a session is opened with can be logged."""
    assert "hunter2" not in repr(settings(Security.IMPLICIT, PASSWORD))


# Where TLS is used if it is there (or_in_clear), and REQUIRETLS.

EASY = Opening("mail.example.org", Security.STARTTLS, or_in_clear=True)
BARE = Reply(250, None, ("mx.example.org", "PIPELINING", "AUTH PLAIN"))
EHLO = b"EHLO mail.example.org\r\n"


def test_tls_where_it_is_offered():
    """Then it is used, and what was said in clear is forgotten."""
    written, capabilities = opened(EASY, READY, HELLO, answer("220 go"), TLS, SECURED)

    assert written == [b"", EHLO, b"STARTTLS\r\n", TLS, EHLO]
    assert capabilities.size == 99


@pytest.mark.parametrize("refusal", ["454 4.7.0 not now", "502 no", "250 odd"])
def test_in_clear_where_tls_is_refused(refusal):
    """The session goes on as it is."""
    written, capabilities = opened(EASY, READY, HELLO, answer(refusal))

    assert written == [b"", EHLO, b"STARTTLS\r\n"]
    assert capabilities.pipelining


def test_in_clear_where_tls_is_not_offered():
    """Nothing is asked for that is not there."""
    assert opened(EASY, READY, BARE)[0] == [b"", EHLO]


@pytest.mark.parametrize(
    "given", [answer("421 bye"), ConnectionLost("gone"), ConnectionLost("x")]
)
def test_a_line_that_ends_at_starttls(given):
    """Nothing is said on it any more; on another, all begins anew."""
    _, error = opened(EASY, READY, HELLO, given)

    assert (error.stage, error.permanent) == ("starttls", False)


def test_no_password_in_clear_even_so():
    """Who may go on without TLS does not log in without it."""
    written, error = opened(attrs.evolve(EASY, credentials=PASSWORD), READY, BARE)

    assert written == [b"", EHLO]
    assert error.stage == "auth"


PATH = attrs.evolve(EASY, or_in_clear=False, tls_path=True)
KEEPS = Reply(250, None, ("mx.example.org", "REQUIRETLS"))


def test_a_path_that_is_kept():
    """REQUIRETLS counts when it is said after the handshake (RFC 8689)."""
    _, capabilities = opened(PATH, READY, HELLO, answer("220 go"), TLS, KEEPS)
    assert capabilities.tls_path

    _, capabilities = opened(EASY, READY, HELLO, answer("220 go"), TLS, KEEPS)
    assert (capabilities.requiretls, capabilities.tls_path) == (True, False)


@pytest.mark.parametrize(
    ("security", "easy", "given"),
    [
        (Security.STARTTLS, False, [READY, HELLO, answer("220 go"), TLS, HELLO]),
        (Security.STARTTLS, True, [READY, KEEPS]),
        (Security.PLAINTEXT, False, [READY, KEEPS]),
        (Security.IMPLICIT, False, [TLS, READY, BARE]),
    ],
)
def test_a_path_that_nobody_keeps(security, easy, given):
    """Not offered, or in clear only: nothing is sent, and never will be."""
    settings = attrs.evolve(PATH, security=security, or_in_clear=easy)
    written, error = opened(settings, *given)

    assert written[-1] == EHLO
    assert (error.enhanced, error.permanent, error.code) == ("5.7.30", True, None)
