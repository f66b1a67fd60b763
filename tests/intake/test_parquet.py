"""intake/parquet.py: files of Parquet."""

from __future__ import annotations

import datetime as dt
import io
import sys
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from safesend import read_parquet
from safesend.errors import AudienceError, ConfigurationError
from safesend.intake.book import Book
from safesend.intake.layout import Choice
from safesend.intake.parquet import _Reading


def _written(path, columns, **how):
    pq.write_table(pa.table(columns), path, **how)
    return path


def test_values_become_text(tmp_path):
    """As those of a query do."""
    file = _written(
        tmp_path / "people.parquet",
        {
            "E-Mail": ["ada@example.org", "bo@example.com"],
            "nr": pa.array([1, None]),
            "due": pa.array([Decimal("1.50"), Decimal("7.00")]),
            "rate": [0.1, 3.0],
            "even": [True, False],
            "day": [dt.date(2031, 2, 3), None],
            "at": pa.array([1_000_000_001, 0], pa.timestamp("ns", "UTC")),
            "clock": pa.array([1_000_000_001, 0], pa.time64("ns")),
            "town": pa.array(["Ulm", "Ulm"]).dictionary_encode(),
            "none": pa.nulls(2),
        },
    )
    ada, bo = read_parquet(file, key="E-Mail")
    assert dict(ada.fields) == {
        "e_mail": "ada@example.org",
        "nr": "1",
        "due": "1.50",
        "rate": "0.1",
        "even": "true",
        "day": "2031-02-03",
        "at": "1970-01-01 00:00:01+00:00",
        "clock": "00:00:01",
        "town": "Ulm",
        "none": "",
    }
    assert (bo.fields["nr"], bo.fields["rate"], bo.fields["day"]) == ("", "3", "")
    assert bo.source == f"{file}:2"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1))
def test_text_comes_back_as_it_was(tmp_path, texts):
    """Over row groups and batches; one with a NUL is refused."""
    mails = [f"p{number}@example.org" for number in range(len(texts))]
    file = _written(
        tmp_path / "p.parquet", {"email": mails, "t": texts}, row_group_size=3
    )
    found = read_parquet(file)
    if any("\0" in text for text in texts):
        with pytest.raises(AudienceError, match="it holds a NUL"):
            list(found)
    else:
        assert [row.fields["t"] for row in found] == texts


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        (pa.array([[1]]), "holds lists or structs"),
        (pa.array([{"a": 1}]), "holds lists or structs"),
        (pa.array([b"x"]), "holds values of the type binary"),
        (pa.array([1], pa.duration("s")), "holds values of the type duration"),
    ],
)
def test_columns_without_text_are_refused_unless_left_out(tmp_path, column, reason):
    """Before a row is read; what nobody asked for is not even looked at."""
    file = _written(
        tmp_path / "p.parquet", {"email": ["a@b.org"], "x": column, "n": [1]}
    )
    with pytest.raises(AudienceError, match=f"column 'x': it {reason}"):
        list(read_parquet(file))
    [one] = read_parquet(file, columns="n")
    assert dict(one.fields) == {"n": "1"}


@pytest.mark.parametrize(
    "column",
    [
        pa.array([10**15], pa.timestamp("s")),
        pa.array([10**9], pa.date32()),
        pa.Array.from_buffers(
            pa.string(),
            1,
            [None, pa.py_buffer(b"\0\0\0\0\2\0\0\0"), pa.py_buffer(b"\xff\xfe")],
        ),
    ],
)
def test_values_that_python_has_not_are_told(tmp_path, column):
    """With the column, and near which row."""
    file = _written(tmp_path / "p.parquet", {"email": ["a@b.org"], "x": column})
    with pytest.raises(AudienceError, match="parquet:1, column 'x': one of it and"):
        list(read_parquet(file))


def test_files_that_are_none_are_told(tmp_path):
    """Damaged at its end or in its middle, or something else altogether."""
    file = tmp_path / "p.parquet"
    file.write_bytes(b"email\na@b.org\n")
    with pytest.raises(AudienceError, match="no Parquet file, or is damaged"):
        list(read_parquet(file))
    _written(
        file, {"email": [f"p{n}@example.org" for n in range(2000)]}, compression="zstd"
    )
    octets = bytearray(file.read_bytes())
    octets[200:4000] = bytes(3800)
    file.write_bytes(octets)
    with pytest.raises(AudienceError, match="is damaged"):
        list(read_parquet(file))
    with pytest.raises(AudienceError, match="cannot be read: No such file"):
        list(read_parquet(tmp_path / "none.parquet"))


def test_a_row_group_that_fills_the_memory_is_refused(tmp_path):
    """By what the file says of itself, before it is unpacked."""
    file = _written(tmp_path / "p.parquet", {"email": ["ada@example.org"]})
    nobody = Choice.of(None, None, None, columns=None, folder=None)
    with file.open("rb") as octets:
        reading = _Reading(Book("p.parquet"), nobody, pa, octets, largest=10)
        with pytest.raises(AudienceError, match="more than 1 GB; write"):
            reading.start()


def test_several_files_are_one_list(tmp_path):
    """Somebody twice is told with the file and the row of both."""
    one = _written(tmp_path / "one.parquet", {"email": ["a@b.org", "c@d.org"]})
    two = _written(tmp_path / "two.parquet", {"email": ["e@f.org", "C@d.org"]})
    assert len(list(read_parquet([one]))) == 2
    with pytest.raises(AudienceError) as caught:
        list(read_parquet([one, two]))
    [problem] = caught.value.problems
    assert str(problem) == f"{two}:2, column 'email': same mailbox as row 2 of {one}"


def test_a_file_with_nobody_in_it_is_told(tmp_path):
    """As of every list."""
    file = _written(tmp_path / "p.parquet", {"email": pa.array([], pa.string())})
    with pytest.raises(AudienceError, match=r"parquet: nobody is in this list"):
        list(read_parquet(file))


def test_what_is_no_path_is_refused():
    """Parquet is read from its end."""
    with pytest.raises(ConfigurationError, match="is given by its path"):
        read_parquet(io.BytesIO())
    with pytest.raises(ConfigurationError, match="no files at all"):
        read_parquet([])


def test_without_pyarrow_the_extra_is_named(monkeypatch):
    """What to install."""
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(ConfigurationError, match=r"safesend\[parquet\]"):
        read_parquet("p.parquet")
