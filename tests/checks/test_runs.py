import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.checks.runs import from_base64, from_hexadecimal

ADA = "ada@example.org"
B64 = base64.b64encode(ADA.encode()).decode()


def texts(found):
    return [plain for plain, _ in found]


@pytest.mark.parametrize(
    "text",
    [
        B64,
        f"id {B64}.",
        f"https://x.example/u/{B64}/x",
        f"x-{B64}_y",
        B64[:10] + "\r\n" + B64[10:],
        B64[:10] + "\n> " + B64[10:],
        B64[:8] + "=\n" + B64[8:],
    ],
)
def test_a_text_in_base64_is_found(text):
    """Inside of more, and over lines."""
    assert any(ADA in plain for plain in texts(from_base64(text)))


@given(st.binary(max_size=5), st.binary(max_size=5))
def test_the_alignment_does_not_matter(before, after):
    """Whatever octets stand before and after the address."""
    run = base64.urlsafe_b64encode(before + b" " + ADA.encode() + b" " + after)

    assert any(ADA in plain for plain in texts(from_base64(run.decode().rstrip("="))))


@pytest.mark.parametrize("cut", range(4))
def test_the_last_octets_are_read_without_padding(cut):
    """A URL has none."""
    text = ADA + "x" * cut
    run = base64.b64encode(text.encode()).decode().rstrip("=")

    assert text in texts(from_base64(run))


@pytest.mark.parametrize(
    "text", ["", "newsletter subscription", "Donaudampfschifffahrt", "ABC", "a" * 7]
)
def test_words_are_not_base64(text):
    """Three octets in a row that are no text show it."""
    assert list(from_base64(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        ADA.encode().hex(),
        "0x" + ADA.encode().hex().upper(),
        "a" + ADA.encode().hex(),
        ADA.encode().hex(" "),
        ADA.encode().hex(":"),
        ", ".join(f"0x{octet:02x}" for octet in ADA.encode()),
    ],
)
def test_a_text_in_hexadecimal_is_found(text):
    """With signs between the octets or without, at either alignment."""
    assert any(ADA in plain for plain in texts(from_hexadecimal(text)))


def test_letters_that_are_not_ascii_are_read():
    """As UTF-8, and ASCII ones in UTF-16 with zeros between."""
    assert "j\u00f6rg@x.org" in texts(
        from_hexadecimal("j\u00f6rg@x.org".encode().hex())
    )
    assert "j\u00f6rg@x.org" in texts(
        from_base64(base64.b64encode("j\u00f6rg@x.org".encode()).decode())
    )
    assert "\0".join(ADA) in "".join(
        texts(from_hexadecimal(ADA.encode("utf-16le").hex()))
    )


@pytest.mark.parametrize("text", ["", "0" * 11, "ff" * 20, "12 34", "20 21 22 23 24"])
def test_other_digits_are_no_text(text):
    """Numbers and short runs."""
    assert list(from_hexadecimal(text)) == []


@given(st.text("0123456789abcdefXYZQAx+/=-_ :,\r\n>", max_size=120) | st.text())
def test_no_text_raises(text):
    """The offsets lie in the text."""
    for plain, offset in [*from_base64(text), *from_hexadecimal(text)]:
        assert plain
        assert 0 <= offset < len(text)
