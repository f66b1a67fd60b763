"""One number stands for a content, and for no other."""

from hypothesis import given
from hypothesis import strategies as st

from safesend.message.content import ContentDigest, short_form


def test_a_digest_is_of_all_items_in_their_order():
    """Added at once or one by one, and under one key."""
    whole = ContentDigest(b"k" * 32, [b"a", b"b"])
    parts = ContentDigest(b"k" * 32, [b"a"])
    assert parts.value() != whole.value()
    parts.add(b"b")
    assert parts.value() == whole.value()
    assert len(whole.value()) == 32
    assert ContentDigest(b"x" * 32, [b"a", b"b"]).value() != whole.value()


def test_a_digest_has_a_short_form():
    """As people read it to each other."""
    assert short_form(bytes.fromhex("3f9ac21e") + b"\0" * 28) == "3f9a-c21e"


@given(*[st.lists(st.binary(max_size=4), max_size=4)] * 2)
def test_other_items_have_another_digest(one, other):
    """However they are cut."""
    digests = {ContentDigest(b"k" * 32, items).value() for items in (one, other)}
    assert (len(digests) == 1) == (one == other)
