import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.checks import escapes

ADA = "ada@example.org"

CASES = [
    (escapes.from_percent, "x ada%40example.org", f"x {ADA}"),
    (escapes.from_percent, "ada%25252540example.org", ADA),
    (escapes.from_percent, "ada%u0040example.org", ADA),
    (escapes.from_percent, "ada%EF%BC%A0example.org", "ada\uff20example.org"),
    (escapes.from_percent, "j%F6rg%40", "j\u00f6rg@"),
    (escapes.from_percent, "q=to+ada%40x.org", "q=to ada@x.org"),
    (escapes.from_references, "ada&#64;example.org", ADA),
    (escapes.from_references, "ada&#x000040;example&period;org", ADA),
    (escapes.from_references, "ada&#64example.org", ADA),
    (escapes.from_references, "ada&amp;amp;#64;example.org", ADA),
    (escapes.from_references, "ada&ampx&nosuch;", "ada&x&nosuch;"),
    (escapes.from_references, "&#9999999;&#x110000;", "\ufffd\ufffd"),
    (escapes.from_quoted_printable, "ada=40exam=\r\nple.org", ADA),
    (escapes.from_quoted_printable, "j=F6rg=40x j=C3=B6rg", "j\u00f6rg@x j\u00f6rg"),
    (escapes.from_quoted_printable, "x=3d=AD", "x=\u00ad"),
    (escapes.encoded_words, "a =?utf-8?q?b=40?= =?utf-8?b?Yw==?= d", "a b@c d"),
    (escapes.encoded_words, "=?utf-8?q?b=40?=\r\n =?utf-8?b?Yw==?=", "b@c"),
    (escapes.from_backslashes, r"ada\u0040\x65xample\.org", ADA),
    (escapes.from_backslashes, r"ada\100example\u{2e}org\n\0", f"{ADA} \0"),
    (
        escapes.from_backslashes,
        r"j\xc3\xb6rg \303\266 \U00000040",
        "j\u00f6rg \u00f6 @",
    ),
    (escapes.from_backslashes, r"\ud83d\ude00 \ud83d!", "\U0001f600 \ufffd!"),
    (escapes.from_backslashes, r"\U00110000\x{40}", "\ufffd@"),
    (escapes.from_css, r"ada\40 example\00002eorg", ADA),
    (escapes.from_utf7, "ada+AEA-example.org", ADA),
    (escapes.from_utf7, "+AGEAZABhAEA-x", "ada@x"),
    (escapes.from_styles, "ada\uff05\uff14\uff10x", "ada%40x"),
]


@pytest.mark.parametrize(("undo", "text", "plain"), CASES)
def test_an_escape_is_undone(undo, text, plain):
    """With what stands around it."""
    assert plain in [found for found, _ in undo(text)]


@pytest.mark.parametrize(
    "text", ["E=ADA@x.org", "user=99@x.org", "E=dean@x.org", "a=b", "=zz", "= 40"]
)
def test_a_field_with_a_value_is_not_quoted_printable(text):
    """One pair of digits above ASCII after an equals sign is an accident."""
    assert {found for found, _ in escapes.from_quoted_printable(text)} <= {text}


FUNCTIONS = [getattr(escapes, name) for name in escapes.__all__]


@pytest.mark.parametrize("undo", FUNCTIONS)
def test_a_text_without_an_escape_has_nothing_to_undo(undo):
    """Nothing is given."""
    assert list(undo("Dear Ada, 100 % of it = all & more + \\ ")) == []


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("a\tb %41 c\td", (2, "b A c")),
        ("a\nb %41 c\nd", (2, "b A c")),
        ("x" * 300 + " y" * 30 + "%41 z", (301, "y " * 29 + "yA z")),
        ("x" * 300 + "%41", (100, "x" * 200 + "A")),
        ("%41" + "x" * 300, (0, "A" + "x" * 200)),
        ("%41 y" + "x" * 300, (0, "A")),
    ],
)
def test_the_surroundings_end_at_a_cell_a_line_or_a_word(text, region):
    """And two hundred characters away at the latest."""
    offset, plain = region
    assert list(escapes.from_percent(text)) == [(plain, offset)]


def test_surroundings_do_not_overlap():
    """However many escapes there are, and however near."""
    text = ("x" * 150 + "%41") * 40
    regions = list(escapes.from_percent(text))

    assert sum(len(plain) for plain, _ in regions) <= len(text)
    assert "".join(plain for plain, _ in regions).count("A") == 40


@pytest.mark.parametrize("undo", FUNCTIONS)
@given(
    text=st.text("%u04AEa&#x;=?\\{}+-qbQ \t\r\n\uff05\uff08\ud800", max_size=60)
    | st.text()
)
def test_no_text_raises(undo, text):
    """The offsets lie in the text."""
    assert all(0 <= offset <= len(text) for _, offset in undo(text))


def test_a_number_without_end_is_no_reference():
    """Nor does it take long, or raise."""
    for form in ("&#{};", "&#x{};", "\\u{{{}}}"):
        for undo in (escapes.from_references, escapes.from_backslashes):
            list(undo(form.format("9" * 10_000)))
