import unicodedata

from safesend.checks.lookalikes import LOOKALIKES


def test_every_letter_is_taken_for_one_ascii_character():
    """None of them is ASCII itself."""
    assert all(code > 127 for code in LOOKALIKES)
    assert all(len(plain) == 1 and plain.isascii() for plain in LOOKALIKES.values())


def test_every_entry_is_a_character_that_unicode_has():
    """A slip in a number would make a hole."""
    assert all(unicodedata.category(chr(code)) != "Cn" for code in LOOKALIKES)


def test_accents_are_no_likeness():
    """Nobody takes bücher for bucher."""
    assert not {ord(letter) for letter in "äöüéèñçåøłß"} & LOOKALIKES.keys()
