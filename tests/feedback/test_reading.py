"""feedback/reading.py: events out of files."""

from __future__ import annotations

import gzip
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.events import KEY, bounce, event, wrapped
from safesend.errors import ConfigurationError
from safesend.feedback.reading import NewsReader, read_ses_events
from safesend.feedback.ses_events import ses_kind, ses_news
from safesend.ledger.heard import Heard

_SENT = json.dumps(event("Send"))


def _read(octets):
    reader = read_ses_events(io.BytesIO(octets))
    return [one.heard for one in reader], reader


def test_every_line_is_an_event(tmp_path):
    """
    Of several files, compressed or not, with a mark at the start or empty lines.
    """
    lines = [json.dumps(of) for of in (event("Send"), bounce(), event("Subscription"))]
    plain, packed = tmp_path / "a.jsonl", tmp_path / "b.gz"
    plain.write_bytes(b"\xef\xbb\xbf" + "\r\n\n".join(lines).encode())
    packed.write_bytes(gzip.compress("\n".join(lines).encode()))

    reader = read_ses_events(plain, str(packed))

    for _ in range(2):
        assert [one.heard for one in reader] == [Heard.TAKEN, Heard.BOUNCED] * 2
        assert reader.kinds == {"Send": 2, "Bounce": 2, "Subscription": 2}
        assert (reader.events, reader.foreign, reader.problems) == (6, 2, [])


@pytest.mark.parametrize(
    "octets",
    [
        json.dumps([event("Send"), event("Send")]).encode(),
        json.dumps([event("Send"), event("Send")], indent=2).encode(),
        json.dumps({"Records": [event("Send")] * 2}, indent=4).encode(),
        (_SENT + _SENT).encode(),
        (_SENT + ", " + _SENT).encode(),
        (json.dumps(event("Send"), indent=1) + "\n").encode() * 2,
        f"{json.dumps(wrapped(event('Send'), 'receive-message'), indent=4)}\n".encode()
        * 2,
    ],
)
def test_what_programs_write_is_read(octets):
    """
    One array, objects over several lines, or one behind the other.
    """
    found, reader = _read(octets)
    assert (found, reader.problems) == ([Heard.TAKEN] * 2, [])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b'{"a": 1}', "eventType"),
        (b"{", "no JSON"),
        (b'{"eventType": "Send"', "no JSON"),
        (b"7", "single value"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[" * 100_000, "too deeply"),
        (b'{"eventType": "Send", "mail": 7}', "'mail'"),
    ],
)
def test_a_broken_line_is_told_and_the_rest_is_read(line, words):
    """
    With file and line; neither the line before it nor the one after it is lost.
    """
    found, reader = _read(b"\n".join([_SENT.encode(), line, _SENT.encode()]))

    assert found == [Heard.TAKEN] * 2
    [problem] = reader.problems
    assert (problem.file, problem.line) == ("events", 2)
    assert words in str(problem)


def test_a_line_that_never_ends_is_passed_over():
    """
    It is not kept in memory, be it one or made of many.
    """
    long = b'{"x": "' + b"y" * 3_000_000
    several = b"{\n" + b" 1\n" * 1000 + b"}"
    for bad in (long, several):
        octets = b"\n".join([_SENT.encode(), bad, _SENT.encode()])
        reader = NewsReader((io.BytesIO(octets),), ses_kind, ses_news, longest=2000)
        assert [one.heard for one in reader] == [Heard.TAKEN] * 2
        assert ["longer than" in str(one) for one in reader.problems] == [True]
    begun = io.BytesIO(b"{\n" + long)
    reader = NewsReader((begun,), ses_kind, ses_news, longest=2000)
    assert list(reader) == []
    assert reader.total_problems == 2


def test_what_cannot_be_read_to_its_end_counts_as_far_as_it_goes(tmp_path):
    """
    A file that was cut, damaged, or is not there.
    """
    packed = gzip.compress((_SENT + "\n").encode() * 100_000)
    found, reader = _read(packed[:-1000])
    assert found
    assert "damaged" in str(reader.problems[0])
    _, reader = _read(b"\x1f\x8bnonsense")
    assert reader.total_problems == 1
    reader = read_ses_events(tmp_path / "none")
    assert list(reader) == []
    assert "No such file" in str(reader.problems[0])


def test_problems_are_counted_and_some_are_kept():
    """
    A file of another kind must not fill the memory.
    """
    _, reader = _read(b"nonsense ada@example.org\n" * 1500)
    assert (len(reader.problems), reader.total_problems) == (1000, 1500)
    assert "ada" not in str(reader.problems)


def test_what_is_no_file_is_refused():
    """
    Before anything is read.
    """
    with pytest.raises(ConfigurationError, match="not a int"):
        read_ses_events(7)


def test_a_file_that_was_lent_stays_open(tmp_path):
    """
    It is its owner's.
    """
    path = tmp_path / "x"
    path.write_text(_SENT)
    with path.open("rb") as file:
        assert [one.key.hex() for one in read_ses_events(file)] == [KEY]
        assert not file.closed
    raw = io.BytesIO(_SENT.encode())
    assert len(list(read_ses_events(raw))) == 1
    assert not raw.closed


@given(st.lists(st.sampled_from([_SENT, "{", "}", "[", "]", "x", ",", "\n", "\n"])))
def test_no_mixture_is_an_accident(parts):
    """
    What cannot be read is told; nothing is raised.
    """
    found, reader = _read("".join(parts).encode())
    assert len(found) <= parts.count(_SENT)
    assert len(found) == reader.kinds["Send"]


@given(st.lists(st.booleans(), max_size=20))
def test_no_whole_line_is_lost_to_a_broken_one(whole):
    """
    Even where the broken one looks like the beginning of a document.
    """
    lines = [_SENT if good else '{"a": {' for good in whole]
    found, reader = _read("\n".join(lines).encode())
    assert len(found) == sum(whole)
    assert reader.total_problems == len(whole) - sum(whole)
