import io

import pytest

from safesend.errors import AudienceError
from safesend.intake.plain import read_plain


def test_one_address_a_line():
    """
    Blank lines are skipped; each recipient says where it stands.
    """
    text = "\ufeffada@example.org\n\n  bob@example.org \r\n"
    found = [(one.address.wire, one.source) for one in read_plain(io.StringIO(text))]
    assert found == [("ada@example.org", "list:1"), ("bob@example.org", "list:3")]


def test_a_bad_line_is_told_with_its_number():
    """
    No column is named, for there is none; nothing of an address is shown.
    """
    text = "ada@example.org\nnobody\nada@example.org\n"
    with pytest.raises(AudienceError) as caught:
        list(read_plain(io.StringIO(text)))
    assert [str(one).partition(" is")[0] for one in caught.value.problems] == [
        "list:2: n…",
        "list:3: same mailbox as line 1",
    ]


def test_bad_lines_can_be_left_out():
    """
    They are counted.
    """
    found = read_plain(io.StringIO("nobody\nada@example.org\n"), skip_invalid=True)
    assert len(list(found)) == 1
    assert found.skipped == 1


@pytest.mark.parametrize("content", [b"", b"\n\n"])
def test_an_empty_file_is_a_list_of_nobody(content):
    """
    More likely the wrong file.
    """
    with pytest.raises(AudienceError, match="nobody is in this list"):
        list(read_plain(io.BytesIO(content)))


def test_octets_of_another_encoding_are_told():
    """
    As one line that is no address, or as a file that ends in the middle of a letter.
    """
    with pytest.raises(AudienceError, match="list:1: "):
        list(read_plain(io.BytesIO("bö@example.org".encode("latin-1"))))
    assert len(list(read_plain(io.BytesIO(b"a@b.example"), encoding="latin-1"))) == 1
    cut = "ada@example.org\n".encode("utf-16") + b"\x00\xd8"
    with pytest.raises(AudienceError, match="it is not utf-8"):
        list(read_plain(io.BytesIO(cut)))
