import pytest

from safesend.checks.hints import hinted, may_hide

PLAIN = [
    "",
    "Dear Ada, we meet on Monday at 12:30. Bring 2 copies (at least).",
    "Invoice 4711 of 12.05.2026: 1,234.50 EUR",
    "GMBH UND CO KG",
    "Stra\u00dfe, caf\u00e9, \u7528\u6237",
    "100 % & more + one = two",
]
HIDING = [
    "ada%40", "&#64;", "&commat;", "=40", "=?utf-8?q?x?=", "a=\nb", "\\u0040", "+AEA-",
    "YWRhQGV4", "QURBQEVY", "616461406578", "61 64 61 40 65", "61006400", "a [at] b",
    "a (dot) b", "a AT b", "a-at-b", "a\u200bb", "a\x00b", "\uff20", "\ufe6b", "\uff05",
    "a{ at }b", "a<AT>b", "%u0040", "a[.]b",
]  # fmt: skip


@pytest.mark.parametrize("text", PLAIN)
def test_ordinary_text_hides_nothing(text):
    """It is passed in one scan."""
    assert not may_hide(text)
    assert not hinted(text)


@pytest.mark.parametrize("text", HIDING)
def test_a_trace_of_a_disguise_is_a_hint(text):
    """Whatever stands around it."""
    assert may_hide(text)
    assert hinted(f"x y {text} z")


def test_an_at_sign_hides_nothing_but_is_a_hint():
    """An address that stands as it is needs no undoing."""
    assert hinted("a@b")
    assert not may_hide("ada@example.org")
