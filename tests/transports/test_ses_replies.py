"""The one table of what Amazon SES says, or does not say."""

from __future__ import annotations

from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given

from safesend.delivery import Deferred, InDoubt, NotSent, Refused, Stage
from safesend.message.address import Address
from safesend.policies.replies import Meaning, judge
from safesend.transports.ses_replies import (
    Trouble,
    is_credential,
    is_throttled,
    outcome,
    words,
)

ADA = Address.parse("ada@example.org")
UNVERIFIED = (
    "Email address is not verified. The following identities failed the check in"
    " region EU-WEST-1: "
)

_FILE = Path(__file__).with_name("ses_replies.txt")
TABLE = [
    [cell.strip() for cell in line.split("|")]
    for line in _FILE.read_text("utf-8").splitlines()[3:]
]
NAMED = [row[0] for row in TABLE]


@pytest.mark.parametrize("row", TABLE, ids=" ".join)
def test_every_answer_is_the_reply_of_the_smtp_endpoint(row: list[str]) -> None:
    """The table of replies judges it, whoever the recipient's provider is."""
    name, status, said, stage, code, rule = row
    said = said.replace("UNVERIFIED: ", UNVERIFIED)
    found = outcome(Trouble(name, said, int(status)), ADA)
    assert isinstance(found, Deferred if code.startswith("4") else Refused)
    assert (found.stage, found.code) == (Stage(stage), int(code))
    for provider in ("", "google", "yahoo", "microsoft", "apple", "orange", "gmx"):
        assert judge(found, provider).rule == rule
    assert "ada@" not in found.text.casefold()


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("InternalServiceErrorException", 500),
        ("ServiceUnavailable", 503),
        ("ThrottlingException", 503),
        ("504", 504),
        ("RequestTimeout", 408),
        ("CredentialRetrievalError", 500),
        ("NoCredentialsError", 503),
        ("SSOError", 200),
        ("302", 302),
        ("303", 303),
        ("307", 307),
        ("ReadTimeoutError", None),
        ("ConnectionClosedError", None),
        ("SSLError", None),
        ("HTTPClientError", None),
        ("ResponseParserError", None),
        ("NoMessageId", None),
    ],
)
def test_no_clear_answer_after_the_end_is_a_doubt(
    name: str, status: int | None
) -> None:
    """Whatever it is called: once the end is on the wire it may have been taken."""
    found = outcome(Trouble(name, "", status, ended=True), ADA)
    assert isinstance(found, InDoubt)
    assert found.text == name


@pytest.mark.parametrize(
    "name",
    [
        "ConnectTimeoutError",
        "ConnectionClosedError",
        "EndpointConnectionError",
        "ProxyConnectionError",
        "ReadTimeoutError",
        "SSLError",
    ],
)
def test_what_did_not_leave_whole_was_not_sent(name: str) -> None:
    """Also where the name sounds like more: it may be the handshake's."""
    found = outcome(Trouble(name, "no way", ended=False), ADA)
    assert found == NotSent(Stage.CONNECT, text=f"{name}: no way")


def test_a_refusal_before_the_end_is_a_refusal() -> None:
    """A server may say no to the head of a request, and hang up."""
    found = outcome(Trouble("413", "too large", 413, ended=False), ADA)
    assert isinstance(found, Refused)
    broken = outcome(Trouble("500", "", 500, ended=False), ADA)
    assert isinstance(broken, NotSent)


@pytest.mark.parametrize("name", ["NoCredentialsError", "ProfileNotFound", "SSOError"])
def test_without_credentials_the_run_stops(name: str) -> None:
    """Every message would meet the same."""
    found = outcome(Trouble(name, "Unable to locate credentials", ended=False), ADA)
    assert judge(found).stop


def test_credentials_that_cannot_be_fetched_now_pause_the_route() -> None:
    """The service that gives them may be back in a moment."""
    trouble = Trouble("CredentialRetrievalError", "timed out", ended=False)
    found = outcome(trouble, ADA)
    assert isinstance(found, Deferred)
    assert (judge(found).rule, judge(found).attempt) == ("login-later", False)


def test_throttled_is_no_attempt() -> None:
    """The route slows down, and the row comes soon."""
    verdict = judge(outcome(Trouble("TooManyRequestsException", "", 429), ADA))
    assert verdict.meaning is Meaning.LATER
    assert (verdict.attempt, verdict.wait, verdict.stop) == (False, 5.0, None)


def test_nothing_of_a_signature_is_repeated() -> None:
    """AWS writes all that was signed, session tokens included."""
    said = "does not match\nThe Canonical String was\n'x-amz-security-token:SECRET"
    for name in ("SignatureDoesNotMatch", "InvalidSignatureException"):
        trouble = Trouble(name, said.replace("\n", " "), 403)
        assert "SECRET" not in words(trouble) + repr(trouble) + repr(
            outcome(trouble, ADA)
        )
    assert words(Trouble("X", said, 400)) == "X: does not match"


def test_words_are_one_short_line_without_addresses() -> None:
    """What is kept of it fits on a line."""
    text = words(Trouble("BadRequest", f"no <ada@example.org> {'x' * 999}", 400))
    assert "a…@example.org" in text
    assert len(text) < 330


def test_who_is_known_by_name_and_who_is_not() -> None:
    """ "Access denied" was signed by somebody whom AWS knows."""
    assert is_credential(Trouble("NoCredentialsError", ended=False))
    assert is_credential(Trouble("ExpiredTokenException", "", 403))
    assert is_credential(Trouble("?", "", 401))
    assert not is_credential(Trouble("AccessDeniedException", "", 403))
    assert not is_credential(Trouble("ExpiredTokenException", "", 503))
    assert not is_credential(Trouble("BadRequestException", "", 400))
    assert is_throttled(Trouble("Throttling", "", 400))
    assert not is_throttled(Trouble("Throttling", "", 500))


NAMES = st.sampled_from(NAMED) | st.text(max_size=20)
STATUS = st.none() | st.integers(100, 599)


@given(NAMES, st.text(max_size=60), STATUS, st.booleans())
def test_only_what_is_certain_is_said(
    name: str, said: str, status: int | None, ended: bool
) -> None:
    """Sent again is only what did not leave, or what a 4xx says was not done."""
    found = outcome(Trouble(name, said, status, ended=ended), ADA)
    if isinstance(found, NotSent):
        assert not ended
    if isinstance(found, Deferred | Refused) and found.stage is Stage.CONTENT:
        assert status is not None
        assert 400 <= status < 500
    if isinstance(found, InDoubt):
        assert ended
    assert len(found.text.splitlines()) == 1
