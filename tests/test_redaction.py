"""What must not be printed is not."""

import copy
import pickle

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.pretty import pretty_repr

from safesend.redaction import Secret, mask_address, mask_local, mask_text
from safesend.transports import SmtpTransport


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
        ("x@2x.ada@b.example", "…@b.example"),
        ("?to=ada%40b.example&x", "?…@b.example&x"),
        ("%40ada%2540b.example", "%…@b.example"),
        ("ada\uff20b.example or bob\ufe6bc.example", "a…@b.example or b…@c.example"),
        ("ada&#64;b.example bob&#X40;c.example", "a…@b.example b…@c.example"),
        ("ada&commat;b.example", "a…@b.example"),
        ("ada(home)@b.example <bob>@c.example", "a…@b.example <…@c.example"),
        ('"ada".lovelace@b.example', '"…@b.example'),
        ("ada@ b.example", "a…@ b.example"),
        ("ada@[192.0.2.1]", "a…@[192.0.2.1]"),
        ("50% of 40 people, 100%", "50% of 40 people, 100%"),
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


@given(st.text(alphabet='ab.@%40\uff20 <>()"\\&#64;', max_size=40))
def test_masking_twice_changes_nothing(text):
    """
    What the ledger keeps masked is masked again when it is shown.
    """
    once = mask_text(text)
    assert mask_text(once) == once


@pytest.mark.parametrize(
    "piece",
    [
        "=?",
        "=?u?q?",
        "x",
        "@",
        "%40",
        '"',
        '\\"',
        "a@",
        "x)",
        '"a\\',
        "&#64;",
        "(x",
        "a) ",
    ],
)
def test_a_long_text_is_masked_in_linear_time(piece):
    """
    A hostile server's reply or a wrong header line cannot hold anybody up.
    """
    assert len(mask_text(piece * 20_000 + " @")) > 0


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("550 =?utf-8?b?YWRhQGV4YW1wbGUub3Jn?= unknown", "550 =?…?= unknown"),
        ("550 =?UTF-8*en?Q?ada=40example.org?=", "550 =?…?="),
        ("550 <=?utf-8?q?ada_lovelace=40ex", "550 <=?…?="),
        ("550 a=?b is no word, and (=?...?=) neither", None),
    ],
)
def test_an_encoded_word_shows_nothing(said, told):
    """Base64 and quoted-printable hide an at sign, not a person."""
    assert mask_text(said) == (told or said)


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


def test_a_secret_is_no_heap_of_fields():
    """
    Who prints the fields of a value finds none, nor can any be changed.
    """
    secret = Secret("hunter2")
    holder = SmtpTransport("mx.example.org", username="ada", password=secret)
    shown = [attrs.asdict(holder), pretty_repr(holder), pretty_repr([secret])]
    assert "hunter2" not in str(shown)
    assert not hasattr(secret, "__dict__")
    with pytest.raises(AttributeError, match="never changed"):
        secret._value = "x"
    assert {secret, Secret("hunter2"), Secret("x")} == {secret, Secret("x")}
    assert secret != "hunter2"
    assert copy.deepcopy(secret) == secret


def test_a_bare_local_part_is_masked():
    """
    "550 adalovelace unknown" names somebody without any at sign.
    """
    assert mask_local("550 AdaLovelace unknown", "adalovelace") == "550 … unknown"
    assert mask_local("a.b is a+b", "a+b") == "a.b is …"
