"""The one table of what Amazon SES says, or does not say."""

from __future__ import annotations

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

TABLE = [
    # name, HTTP status, what it says -> stage, code, rule of the table of replies
    ("TooManyRequestsException", 429, "", "content", 454, "ses-rate"),
    ("TooManyRequestsException", 429, "Rate exceeded", "content", 454, "ses-rate"),
    ("ThrottlingException", 400, "Maximum sending rate exceeded.", "content", 454, "ses-rate"),
    ("Throttling", 400, "", "content", 454, "ses-rate"),
    ("429", 429, "", "content", 454, "ses-rate"),
    ("ThrottlingException", 400, "Daily message quota exceeded.", "content", 454, "ses-daily-quota"),
    ("TooManyRequestsException", 429, "Daily sending quota exceeded", "content", 454, "ses-daily-quota"),
    ("LimitExceededException", 400, "", "content", 451, "ses-limit"),
    ("AccountSuspendedException", 400, "", "content", 554, "ses-stopped"),
    ("SendingPausedException", 400, "Sending is paused", "content", 554, "ses-stopped"),
    ("AccountSendingPausedException", 400, "", "content", 554, "ses-stopped"),
    ("MessageRejected", 400, "Sending paused for this account.", "content", 554, "ses-stopped"),
    ("MessageRejected", 400, "Sending suspended for this account.", "content", 554, "ses-stopped"),
    ("MessageRejected", 400, "Address blacklisted.", "content", 554, "ses-rejected"),
    ("MessageRejected", 400, UNVERIFIED + "ada@example.org", "content", 554, "ses-sandbox"),
    ("MessageRejected", 400, UNVERIFIED + "ADA@example.org", "content", 554, "ses-sandbox"),
    ("MessageRejected", 400, UNVERIFIED + "news@example.com", "content", 554, "ses-sender"),
    ("MessageRejected", 400, UNVERIFIED + "news@x.org, ada@example.org", "content", 554, "ses-sender"),
    ("BadRequestException", 400, "Duplicate header 'To'.", "content", 554, "ses-rejected"),
    ("ValidationException", 400, "", "content", 554, "ses-rejected"),
    ("413", 413, "", "content", 554, "ses-rejected"),
    ("MailFromDomainNotVerifiedException", 400, "", "content", 554, "ses-configuration"),
    ("NotFoundException", 404, "Configuration set <x> does not exist.", "content", 554, "ses-configuration"),
    ("ConfigurationSetDoesNotExistException", 400, "", "content", 554, "ses-configuration"),
    ("ConfigurationSetSendingPausedException", 400, "", "content", 554, "ses-configuration"),
    ("404", 404, "<!doctype html>", "content", 554, "ses-configuration"),
    ("UnknownOperationException", 404, "", "content", 554, "ses-configuration"),
    ("ExpiredTokenException", 403, "expired", "auth", 535, "ses-login"),
    ("UnrecognizedClientException", 403, "", "auth", 535, "ses-login"),
    ("InvalidClientTokenId", 403, "", "auth", 535, "ses-login"),
    ("SignatureDoesNotMatch", 403, "", "auth", 535, "ses-login"),
    ("403", 403, "", "auth", 535, "ses-login"),
    ("ExpiredTokenException", 400, "", "auth", 535, "ses-login"),
    ("AccessDeniedException", 403, "not authorized", "auth", 554, "ses-login"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "status", "said", "stage", "code", "rule"), TABLE)
def test_every_answer_is_the_reply_of_the_smtp_endpoint(
    name: str, status: int, said: str, stage: str, code: int, rule: str
) -> None:
    """The table of replies judges it, whoever the recipient's provider is."""
    found = outcome(Trouble(name, said, status), ADA)
    assert isinstance(found, Deferred if code < 500 else Refused)
    assert (found.stage, found.code) == (Stage(stage), code)
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


NAMES = st.sampled_from([row[0] for row in TABLE]) | st.text(max_size=20)
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
