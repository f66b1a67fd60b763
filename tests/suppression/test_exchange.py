import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.errors import AudienceError, LedgerKeyError
from safesend.intake.book import Book
from safesend.redaction import mask_text
from safesend.suppression.entry import Line, Reason
from safesend.suppression.exchange import head, line_of, lines_in

CHECK = bytes(range(16))
GOOD = {
    "digest": "00" * 16,
    "domain": False,
    "reason": "unsubscribed",
    "source": "crm.csv",
    "since": 1.5,
    "expires": None,
}

DATES = st.floats(allow_nan=False, allow_infinity=False)
LINES = st.builds(
    Line,
    st.binary(min_size=16, max_size=16),
    st.booleans(),
    st.sampled_from([reason.value for reason in Reason]),
    st.text().map(mask_text).filter(lambda text: mask_text(text) == text),
    DATES,
    st.none() | DATES,
)


def read(*lines, check=CHECK):
    book = Book("exported.jsonl")
    text = io.StringIO("".join(f"{line}\n" for line in lines))
    return list(lines_in(text, book, check)), book


@given(st.lists(LINES))
def test_what_is_written_is_read(lines):
    """
    Every entry comes back as it was.
    """
    found, book = read(head(CHECK), *map(line_of, lines))
    assert found == lines
    assert not book.problems


@given(st.lists(st.text(st.characters(exclude_characters="\n"))))
def test_whatever_is_read_is_told_with_its_line(texts):
    """
    Nothing that somebody wrote into the file is a crash.
    """
    found, book = read(head(CHECK), *texts)
    assert found == []
    bad = [number for number, text in enumerate(texts, 2) if text.strip()]
    assert [problem.line for problem in book.problems] == bad


@pytest.mark.parametrize(
    "wrong",
    [
        {"digest": "00"},
        {"digest": "zz" * 16},
        {"digest": 7},
        {"domain": 1},
        {"reason": "bounced"},
        {"source": None},
        {"source": "\ud800"},
        {"since": None},
        {"since": True},
        {"since": float("nan")},
        {"since": 10**400},
        {"expires": "never"},
        {"expires": float("inf")},
    ],
)
def test_a_line_that_is_wrong_is_told(wrong):
    """
    With its number; the others are read.
    """
    lines = [json.dumps(GOOD | wrong), "", json.dumps(GOOD), "[" * 100_000, "[]"]
    found, book = read("\ufeff" + head(CHECK), *lines)
    assert len(found) == 1
    assert [str(problem).partition(": ")[0] for problem in book.problems] == [
        f"exported.jsonl:{line}" for line in (2, 5, 6)
    ]


def test_no_address_comes_in_by_an_export():
    """
    What somebody wrote there by hand is masked.
    """
    [line], _ = read(head(CHECK), json.dumps(GOOD | {"source": "ada@example.org"}))
    assert line.source == "a…@example.org"


def test_another_key_is_refused():
    """
    Its digests mean nobody here.
    """
    with pytest.raises(LedgerKeyError, match="exported under another key"):
        read(head(CHECK), json.dumps(GOOD), check=bytes(16))


@pytest.mark.parametrize("first", ["", "{}", "[]", "7", "email", '{"email": 1}'])
def test_what_is_no_export_is_refused(first):
    """
    At its first line.
    """
    with pytest.raises(AudienceError, match=r"exported.jsonl:1: it is no exported"):
        read(first)


def test_a_newer_export_is_refused():
    """
    The error says that safesend is to be updated.
    """
    newer = json.dumps({"safesend-suppression-list": 2, "key": CHECK.hex()})
    with pytest.raises(AudienceError, match="newer safesend"):
        read(newer)
