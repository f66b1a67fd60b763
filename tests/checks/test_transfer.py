import base64
import binascii
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.linear import is_linear
from safesend.checks.transfer import decoded, from_base64, from_quoted, from_uu

SOME = b"Hello, ada@example.org! " * 4


def uuencoded(content, name="a.txt", end=b"`\nend\n"):
    lines = [
        binascii.b2a_uu(content[at : at + 45]) for at in range(0, len(content), 45)
    ]
    return b"".join([f"begin 644 {name}\n".encode(), *lines, end])


@pytest.mark.parametrize("encoding", ["", "7bit", "8bit", "binary", " 8BIT "])
def test_plain_octets_stay(encoding):
    """Three names, and none, for octets that are not encoded."""
    assert decoded(b"=40", encoding).octets == b"=40"
    assert not decoded(b"=40", encoding).damaged


@given(st.binary(max_size=200))
def test_what_other_programs_encode_comes_back(octets):
    """Python's own encoders are the other side, except for the line ends of texts."""
    assert decoded(base64.encodebytes(octets), "BASE64").octets == octets
    assert decoded(uuencoded(octets), "x-uuencode").octets == octets
    quoted = quopri.encodestring(octets.replace(b"\r", b""), quotetabs=True)
    assert decoded(quoted, "quoted-printable").octets == octets.replace(b"\r", b"")


def test_base64_is_read_through_junk_and_padding():
    """Readers skip what is no base64, and some go on after an equals sign."""
    encoded = base64.b64encode(SOME).decode()
    junk = "*\r\n-".join(encoded[at : at + 7] for at in range(0, len(encoded), 7))

    assert from_base64(junk.replace("=", "").encode()) == SOME
    assert from_base64(b"YQ==YWRh") == b"aada"
    assert from_base64(b"YWRhY") == b"ada"
    assert decoded(junk.encode(), "base64").damaged
    assert not decoded(base64.encodebytes(SOME), "base64").damaged


def test_quoted_printable_is_read_as_it_is_meant():
    """Lower-case digits, soft breaks of every kind, equals signs that mean nothing."""
    assert from_quoted(b"a=40=c3=A4") == "a@ä".encode()
    assert from_quoted(b"ex=\r\nam=\npl= \t\r\ne=\rs=") == b"examples"
    assert from_quoted(b"a=b c==40 =zz") == b"a=b c=@ =zz"


@pytest.mark.parametrize(
    ("octets", "damaged"),
    [(b"a=40=\r\nb=3D", False), (b"?e=ada", True), (b"=4", True), (b"=c3", True)],
)
def test_quoted_printable_that_is_none_is_damaged(octets, damaged):
    """Its octets are looked at as they stand as well."""
    assert decoded(octets, "quoted-printable").damaged is damaged


def test_a_uuencoded_file_has_a_name():
    """It is found after other text, and may lack its end."""
    octets = b"See:\r\nbeginning\n" + uuencoded(SOME, "my list.csv", b"")

    assert from_uu(octets) == ("my list.csv", SOME)
    assert from_uu(uuencoded(SOME) + b"text\n") == ("a.txt", SOME)
    assert from_uu(b"no file at all") is None


def test_a_uuencoded_line_may_be_too_long_or_broken():
    """Old encoders put a sum at its end; a line that is none ends the file."""
    line = binascii.b2a_uu(b"ada").rstrip()

    assert from_uu(b"begin 644 a\n" + line + b"zz\n\nend\n") == ("a", b"ada")
    assert from_uu(b"begin 644 a\n" + line + b"\n{~}\n") == ("a", b"ada")
    assert from_uu(b"begin 644 a\n{}{}{}{}{}{}{}{}\n") == ("a", b"")


def test_a_uuencoded_file_may_be_in_base64():
    """As POSIX has it since 2001."""
    octets = b"begin-base64 644 a.txt\n" + base64.encodebytes(SOME) + b"====\n"

    assert from_uu(octets) == ("a.txt", SOME)


def test_an_unknown_encoding_is_damage():
    """Nobody knows what readers make of it."""
    assert decoded(b"abc", "x-foo") == decoded(b"abc", "uuencode")
    assert decoded(b"abc", "x-foo").damaged


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "x-uue"])
@pytest.mark.parametrize("bit", [b"=", b"= ", b"A=", b"begin 644 a\n", b"=\n", b"\r"])
def test_time_is_linear(encoding, bit):
    """In what stands there, whatever it is."""
    assert is_linear(lambda octets: decoded(octets, encoding), bit)
