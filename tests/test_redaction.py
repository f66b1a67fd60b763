"""What must not be printed is not."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.redaction import Secret, mask_address, mask_text


@pytest.mark.parametrize(
    ("local", "shown"), [("ada", "a…@example.org"), ("a", "…@example.org")]
)
def test_an_address_shows_its_first_character_and_domain(local, shown):
    """
    A local part of one character shows nothing.
    """
    assert mask_address(local, "example.org") == shown


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("no such user", "no such user"),
        ("<ada@example.org>: unknown", "<a…@example.org>: unknown"),
        ("ada@b.example and bob@c.example", "a…@b.example and b…@c.example"),
        ('"quoted one"@b.example', '"…@b.example'),
        ("mailto:ada@b.example?x", "mailto:a…@b.example?x"),
    ],
)
def test_a_text_is_masked_wherever_it_holds_an_address(text, masked):
    """
    What a server says may repeat the address.
    """
    assert mask_text(text) == masked


@given(
    before=st.text(alphabet='xyz <>"(),:;[]', max_size=20),
    after=st.text(alphabet='xyz <>"(),:;[]', max_size=20),
)
def test_no_address_survives(before, after):
    """
    Wherever it stands, the local part is gone.
    """
    assert "secretlocal" not in mask_text(f"{before}secretlocal@example.org{after}")


def test_a_secret_shows_itself_only_when_asked():
    """
    Neither str, repr nor a format shows it.
    """
    secret = Secret("hunter2")
    assert secret.reveal() == "hunter2"
    shown = f"{secret} {secret!r} {secret!s:>10}"
    assert "hunter2" not in shown
    assert secret == Secret("hunter2")
    assert pickle.loads(pickle.dumps(secret)) == secret
