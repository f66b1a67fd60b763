import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.linear import is_linear
from safesend.checks.mime_tree import MOST_PARTS, read_entity, split_parts

BODY = b"before\r\n--x\r\na: b\r\n\r\none\r\n--x  \r\n\r\ntwo\r\n\r\n--x--\r\nafter\r\n"


def test_headers_end_at_the_first_empty_line():
    """With line ends of every kind."""
    for end in (b"\r\n", b"\n", b"\r"):
        entity = read_entity(b"A: b" + end + b"C: d" + end + end + b"body" + end)
        assert [field.name for field in entity.headers.fields] == ["A", "C"]
        assert entity.body == b"body" + end


def test_there_may_be_no_headers_or_no_body():
    """A body after an empty line; headers with nothing after them."""
    assert read_entity(b"\r\nbody").body == b"body"
    assert read_entity(b"A: b").headers.get("a") == "b"
    assert read_entity(b"A: b").body == b""
    assert read_entity(b"").body == b""


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Text/HTML; charset=x", "text/html"),
        ("text / html (a comment)", "text/html"),
        ("text", "text/plain"),
        ("", "message/rfc822"),
        ("multipart/x-mixed.replace", "multipart/x-mixed.replace"),
    ],
)
def test_the_type_of_a_part(said, kind):
    """What is no type is a plain text; where none is given the default counts."""
    entity = read_entity(f"Content-Type: {said}\r\n\r\n".encode(), "message/rfc822")

    assert entity.type == kind


def test_what_else_the_headers_of_a_part_say():
    """Disposition, encoding, and the file names in all their forms."""
    entity = read_entity(
        b'Content-Type: a/b; name="c"; charset=utf-8\r\n'
        b"Content-Disposition: INLINE; filename*=utf-8''d%40e; filename=f\r\n"
        b"Content-Transfer-Encoding: BASE64 ; x=y\r\n\r\n"
    )

    assert entity.disposition == "inline"
    assert entity.encoding == "base64"
    assert entity.names() == ["f", "d@e", "c"]
    assert entity.parameter("charset") == ["utf-8"]
    assert not entity.damaged


@pytest.mark.parametrize(
    "head", ["Content-Type: a/b\r\nContent-Type: a/b", "no field\r\nTo: a"]
)
def test_headers_that_readers_understand_differently_are_damage(head):
    """Two types, or a line that some take for the end."""
    assert read_entity(head.encode() + b"\r\n\r\n").damaged


def test_a_body_is_cut_at_its_boundary():
    """The line break before a boundary belongs to it, blanks after it as well."""
    found = split_parts(BODY, ["x"])

    assert found.preamble == b"before"
    assert found.parts == (b"a: b\r\n\r\none", b"\r\ntwo\r\n")
    assert found.epilogue == b"after\r\n"
    assert not found.damaged


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        (b"--x\none", (b"one",)),
        (b"--x\none\n--x--\nmid\n--x\ntwo\n--x--", (b"one", b"two")),
        (b"--x\none\n--xy\ntwo\n--x--", (b"one\n--xy\ntwo",)),
        (b"--x\n--x\n--x--", (b"", b"")),
        (b"--x", (b"",)),
    ],
)
def test_what_readers_may_cut_elsewhere_is_damaged(body, parts):
    """No end, parts after the end, a line that only begins as a boundary does."""
    found = split_parts(body, ["x"])

    assert found.parts == parts
    assert found.damaged is (body != b"--x\n--x\n--x--")


def test_texts_between_parts_are_kept():
    """Nothing that stands in a body is lost."""
    found = split_parts(b"--x\none\n--x--\nmid\n--x\ntwo\n--x--\nlast", ["x"])

    assert found.epilogue == b"mid\r\nlast"


def test_of_several_boundaries_the_first_that_occurs_counts():
    """Other readers may take another, so it is damage."""
    assert split_parts(BODY, ["y", "x"]).parts == split_parts(BODY, ["x"]).parts
    assert split_parts(BODY, ["y", "x"]).damaged
    assert not split_parts(BODY, ["x", "x"]).damaged


@pytest.mark.parametrize("given_", [[], [""], ["y"]])
def test_a_boundary_that_is_not_declared_is_seen(given_):
    """By the two hyphens that it begins with."""
    assert split_parts(BODY, given_).parts == split_parts(BODY, ["x"]).parts
    assert split_parts(BODY, given_).damaged


def test_a_text_is_no_multipart():
    """Nothing in it looks like a boundary; a rule of hyphens leads to nothing bad."""
    assert split_parts(b"Hello.\r\nBye.", ["x"]) is None
    assert split_parts(b"Hello.\r\n-- \r\nBye.", ["x"]) is None
    assert split_parts(b"a--x\r\n --x", ["x"]) is None


def test_a_boundary_may_be_longer_than_any_should_be():
    """RFC 2046 allows 70 characters."""
    assert split_parts(b"--" + b"y" * 2000, ["y" * 2000]) is not None


def test_there_are_not_more_parts_than_can_be_read():
    """The rest is one more."""
    found = split_parts(b"--x\n" * (MOST_PARTS + 10), ["x"])

    assert len(found.parts) == MOST_PARTS + 1
    assert found.damaged


PIECES = st.sampled_from([b"--x", b"--", b"\r\n", b"\n", b"\r", b" ", b"a", b"x", b"-"])


@given(st.lists(PIECES).map(b"".join), st.sampled_from([[], ["x"], ["-", "x"]]))
def test_no_octet_is_lost(body, boundaries):
    """Whatever stands in a body that is not damaged is in a part or around them."""
    found = split_parts(body, boundaries)

    if found is not None and not found.damaged:
        kept = b"".join([found.preamble, *found.parts, found.epilogue])
        assert kept.count(b"a") == body.count(b"a")


@pytest.mark.parametrize(
    "bit",
    [b"--x\n", b"--x", b"--", b"-", b"\n--", b"--x--\n", b"--xy\n", b"--x ", b"\r"],
)
def test_time_is_linear(bit):
    """In the length of a body, whatever stands there."""
    assert is_linear(lambda body: split_parts(body, ["x"]), bit)
    assert is_linear(lambda body: split_parts(body, []), bit)
    assert is_linear(read_entity, bit)
