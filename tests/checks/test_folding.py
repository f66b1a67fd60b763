import time
import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.checks.folding import fold, skeleton, visible


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("", ""),
        ("ADA@Example.org", "ada@example.org"),
        ("a\x00d\x7fa\tb\n", "ada\tb\n"),
        ("STRASSE", "strasse"),
        ("Stra\u00dfe", "strasse"),
        ("a\u200bd\u00ada\u2060", "ada"),
        ("\u202eada\u202c", "ada"),
        ("a\ufe0fd\U000e0061a", "ada"),
        ("\uff21\uff44\uff41\uff20", "ada@"),
        ("\U0001d400\u24d3\u00aa", "ada"),
        ("jo\u0308rg", "j\u00f6rg"),
        ("\u0410DA", "\u0430da"),
        ("\ufb01n", "fin"),
    ],
)
def test_what_a_font_or_a_keyboard_does_is_undone(text, folded):
    """Case, width, style and invisible characters."""
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "alike"),
    [
        ("ADA", "ada"),
        ("\u0430\u0501\u0430", "ada"),
        (
            "\u0410\u0412\u0421\u0415\u041d\u041a\u041c\u041e\u0420\u0422\u0425",
            "abcehkmoptx",
        ),
        (
            "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4",
            "abezhikmnopt",
        ),
        ("\u0585\u0578\u057d\u0570", "onuh"),
        ("\u0131\u0251\u0261", "iag"),
        ("o\u2019brien", "o'brien"),
        ("a\u2013b\u2024c", "a-b.c"),
        ("b\u00fccher", "b\u00fccher"),
        ("bu\u0308cher", "b\u00fccher"),
        ("l1I|O0", "l1i|o0"),
        ("\u0142ukasz", "\u0142ukasz"),
    ],
)
def test_letters_that_look_like_latin_ones_are_those(text, alike):
    """Accents stay, and ASCII characters stay apart from each other."""
    assert skeleton(text) == alike


@given(st.text(max_size=30))
def test_a_folded_text_stays_as_it_is(text):
    """Folding twice is folding once, and so with likenesses."""
    assert fold(fold(text)) == fold(text)
    assert skeleton(skeleton(text)) == skeleton(text)
    assert skeleton(fold(text)) == skeleton(text) or not text.isascii()


@given(st.text("abc\u200b\u00ad\x00", max_size=20), st.sampled_from(["", "*"]))
def test_an_offset_leads_back_to_the_same_character(text, mark):
    """Whatever stood invisibly before it."""
    clean, back = visible(text, mark)

    for place, character in enumerate(clean):
        if character != mark:
            assert text[back(place)] == character
    assert back(len(clean)) <= len(text)


def test_a_run_of_invisible_characters_becomes_one_mark():
    """Or none."""
    assert visible("a\u200b\u200cb\ufeff", "*")[0] == "a*b*"
    assert visible("a\u200b\u200cb\ufeff")[0] == "ab"


def test_a_long_text_is_folded_as_a_whole():
    """A mark is not parted from its letter where the work is divided."""
    assert fold("Bu\u0308cher " * 500) == "b\u00fccher " * 500
    assert fold("\u7528" * 2_000) == "\u7528" * 2_000


@pytest.mark.parametrize("change", [fold, skeleton, lambda text: visible(text, "*")])
@pytest.mark.parametrize(
    "bit",
    ["a", "\u00e4", "\u0301\u0316", "\u200b", "a\u200b", "\ufdfa", "a\u0301\u0316"],
)
def test_the_time_is_linear_in_the_text(change, bit):
    """Also in runs of combining marks, which Unicode sorts."""

    def seconds(count: int) -> float:
        return min(
            timeit.repeat(
                lambda: change(bit * count),
                number=1,
                repeat=2,
                timer=time.process_time,
            )
        )

    assert seconds(16_000) < 30 * max(seconds(2_000), 0.002)
