import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.checks.charsets import header_text, readings

TEXT = "Grüße an ada@example.org"

LABELS = ["utf-8", "UTF-16", "utf-16-le", "utf-32", "utf-7", "iso-8859-1", "cp037"]
LABELS += ["windows-1252", "ISO_8859-15", "cp1140", "latin1", "macintosh"]


@pytest.mark.parametrize("label", [*LABELS, ' "utf-8" '])
def test_a_label_that_fits_counts(label):
    """The likeliest reading is the declared one."""
    assert readings(TEXT.encode(label.strip(' "')), label)[0] == TEXT


def test_what_is_ascii_in_every_reading_is_read_once():
    """An address in a text of a usual charset is not found twice."""
    for label in ("utf-8", "us-ascii", "iso-2022-jp", "big5", "koi8-r", "x-none", ""):
        assert readings(b"ada@example.org", label) == ("ada@example.org",)


@pytest.mark.parametrize("label", ["utf-16", "utf-32", "cp037", "utf-7"])
def test_a_label_of_wide_characters_may_lie(label):
    """Programs that know the label and programs that look at the octets see theirs."""
    assert "a+b@example.org1" in readings(b"a+b@example.org1", label)


@pytest.mark.parametrize("label", ["us-ascii", "utf-8", "iso-8859-1", ""])
def test_wide_characters_are_seen_whatever_the_label(label):
    """NULs, or a mark at the front, tell UTF-16."""
    for charset in ("utf-16", "utf-16-le", "utf-16-be"):
        assert readings(TEXT.encode(charset), label) == (TEXT,)


def test_wide_characters_without_a_mark_may_begin_with_either_octet():
    """RFC 2781 says the high one; Python takes the low one."""
    assert "Hi ada" in readings("Hi ada".encode("utf-16-be"), "utf-16")


def test_octets_that_do_not_fit_their_label_are_read_by_their_form():
    """A text of Windows that calls itself UTF-8."""
    assert readings("Grüße".encode("cp1252"), "utf-8") == ("Grüße",)


@pytest.mark.parametrize("label", ["zip", "punycode", "idna", "rot13", "hex", "a" * 99])
def test_codecs_that_are_no_charsets_are_not_used(label):
    """Python has codecs that unpack, and some that take quadratic time."""
    assert readings(b"uvf", label) == ("uvf",)


def test_a_known_looking_label_that_no_codec_has_is_no_error():
    """The octets are read by their form."""
    assert readings(b"ada", "cp99999") == ("ada",)


def test_half_characters_are_replaced():
    """A lone surrogate could not be encoded again."""
    assert "\ufffd" in readings(b"+2AA-", "utf-7")[0]


def test_a_header_is_utf_8_or_latin_1():
    """RFC 6532, and what was there before."""
    assert header_text("Grüße".encode()) == "Grüße"
    assert header_text("Grüße".encode("latin-1")) == "Grüße"


@given(st.binary(max_size=60), st.sampled_from([*LABELS, "hz", "iso-2022-kr", ""]))
def test_no_octets_are_too_broken(octets, label):
    """There is always a reading, and it can be encoded."""
    for text in readings(octets, label):
        text.encode()
    header_text(octets)
