import codecs
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.errors import AudienceError
from safesend.suppression.exchange import head
from safesend.suppression.reading import begins, is_export, knowable, people_in


def people(content, **options):
    file = knowable(io.BytesIO(content))
    options = {"address": None, "skip_invalid": False, **options}
    return [one.address.wire for one in people_in(file, begins(file), **options)]


WANTED = ["ada@example.org", "bö@example.org", "ada@example.org"]
CSV = "name;E-mail\nAda;ada@example.org\nBö;bö@example.org\nA;ada@example.org\n"
LINES = "".join(f'{{"email": "{one}"}}\n' for one in WANTED)
PLAIN = "\n" + "\r\n\n".join(WANTED)


@pytest.mark.parametrize("text", [CSV, LINES, PLAIN])
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_the_kind_of_a_file_is_seen(text, mark):
    """
    Of CSV, JSON Lines and plain addresses; one who stands there twice is no mistake.
    """
    assert people(mark + text.encode()) == WANTED


@pytest.mark.parametrize("text", [CSV, LINES, PLAIN])
def test_wide_text_is_read_by_its_mark(text):
    """
    As some programs export it.
    """
    assert people(text.encode("utf-16")) == WANTED


def test_a_path_is_read_as_well(tmp_path):
    """
    It is looked at, and read from its start afterwards.
    """
    (tmp_path / "a.txt").write_text(PLAIN, "utf-8")
    file = tmp_path / "a.txt"
    assert knowable(file) is file
    found = people_in(file, begins(file), address=None, skip_invalid=False)
    assert [one.address.wire for one in found] == WANTED


def test_a_column_can_be_named():
    """
    Where no title is a usual one.
    """
    content = b"who,contact\nada,ada@example.org\n"
    assert people(content, address="contact") == ["ada@example.org"]


def test_a_header_is_missed_where_there_are_columns():
    """
    A line with an address and something else is no title.
    """
    with pytest.raises(AudienceError, match="add a header line"):
        people(b"ada@example.org,Ada\n")


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    """
    Nothing was imported.
    """
    with pytest.raises(AudienceError, match=r"nothing was imported:\n.*cannot be read"):
        begins(tmp_path / "none.csv")


def test_an_export_is_known_by_its_first_line():
    """
    And a list of people is none, even if somebody called a column so.
    """
    assert is_export(head(bytes(16)))
    assert not is_export('{"email": "ada@example.org"}')
    assert not is_export("safesend-suppression-list")
    assert begins(io.BufferedReader(io.BytesIO(b""))) == ""


ADDRESSES = st.lists(
    st.from_regex(r"[a-z][a-z0-9]{0,8}@[a-z]{1,8}\.org", fullmatch=True), min_size=1
)


@given(ADDRESSES, st.sampled_from(["{}\n", '"{}"\r\n', '{{"mail": "{}"}}\n']))
def test_whoever_is_written_is_read(addresses, form):
    """
    All of them, in their order, whatever the form.
    """
    text = "".join(form.format(one) for one in addresses)
    head_ = "mail\r\n" if form.startswith('"') else ""
    assert people((head_ + text).encode()) == addresses
