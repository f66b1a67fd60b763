from __future__ import annotations

import pytest

from safesend.testing.sasl import MECHANISMS, Login
from safesend.testing.syntax import Bad

USERS = {"u": "p"}
BEARER = "n,a=u,\1host=h\1port=1\1auth=Bearer {}\1\1"
XOAUTH2 = "user=u\1auth=Bearer {}\1\1"


def _run(
    mechanism: str, first: bytes | None, *responses: bytes
) -> tuple[list[bytes], str | None]:
    exchange = MECHANISMS[mechanism](first, USERS)
    challenges = []
    try:
        challenges.append(next(exchange))
        for response in responses:
            challenges.append(exchange.send(response))
    except StopIteration as done:
        return challenges, done.value
    pytest.fail("the exchange did not end")


@pytest.mark.parametrize("proof", ["p", "wrong"])
@pytest.mark.parametrize(
    ("mechanism", "response"), [("PLAIN", "\0u\0{}"), ("LOGIN", "u")]
)
def test_passwords(mechanism: str, response: str, proof: str) -> None:
    """The right one gives the user, at once or after a challenge."""
    rest = (proof.encode(),) if mechanism == "LOGIN" else ()
    first = response.format(proof).encode()
    expected = "u" if proof == "p" else None

    assert _run(mechanism, first, *rest)[1] == expected
    assert _run(mechanism, None, first, *rest)[1] == expected


@pytest.mark.parametrize(
    ("mechanism", "form"), [("XOAUTH2", XOAUTH2), ("OAUTHBEARER", BEARER)]
)
def test_tokens(mechanism: str, form: str) -> None:
    """A wrong one is explained in a challenge that has to be answered (RFC 7628)."""
    right, wrong = form.format("p").encode(), form.format("no").encode()

    assert _run(mechanism, right) == ([], "u")
    assert _run(mechanism, None, right) == ([b""], "u")
    [error], user = _run(mechanism, wrong, b"")
    assert b'"status":"401"' in error
    assert user is None


def test_nobody_logs_in_as_nobody() -> None:
    """An unknown user has no password at all."""
    assert _run("PLAIN", b"\0v\0")[1] is None


def test_a_login_asks_until_it_knows_who_it_is() -> None:
    """Responses are base64; an equals sign is the empty one (RFC 4954 section 4)."""
    login = Login("LOGIN", USERS)

    assert login.answer("") == b"Username:"
    assert login.answer("dQ==") == b"Password:"
    assert login.answer("cA==") is None
    assert login.user == "u"
    assert Login("PLAIN", USERS).answer("AHUAcA==") is None


@pytest.mark.parametrize(
    ("mechanism", "response"),
    [
        ("PLAIN", "*"),
        ("PLAIN", "!!"),
        ("PLAIN", "="),
        ("OAUTHBEARER", "bgFhdXRoPUJlYXJlciBwAQE="),  # no name in the header
        ("OAUTHBEARER", "bixhPXUsAW5vdGhpbmcBAQ=="),  # no token
    ],
)
def test_what_is_no_response_is_refused(mechanism: str, response: str) -> None:
    """Cancelled, not base64, or not of this mechanism."""
    with pytest.raises(Bad, match="501"):
        Login(mechanism, USERS).answer(response)
