"""intake/anything.py: the kind of a list is told by its name."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from safesend.errors import AudienceError, ConfigurationError
from safesend.intake.anything import is_csv, list_files, read_any


def _shards(folder, **texts):
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text)
    return list_files(folder, "*.csv")


def test_each_kind_is_read_as_what_it_is(tmp_path):
    """By the end of the name; everything else is taken for CSV."""
    (tmp_path / "a.txt").write_text("email\na@b.org\n")
    (tmp_path / "a.NDJSON").write_text('{"email": "a@b.org"}\n')
    pq.write_table(pa.table({"email": ["a@b.org"]}), tmp_path / "a.parquet")
    for name in ("a.txt", "a.NDJSON", "a.parquet"):
        [one] = read_any(tmp_path / name)
        assert one.address.wire == "a@b.org"
    assert is_csv(tmp_path / "a.txt")


def test_files_of_several_kinds_are_no_list(tmp_path):
    """Their columns would be read by different rules."""
    with pytest.raises(ConfigurationError, match=r"a.csv is CSV and .*b.jsonl is JSON"):
        read_any([tmp_path / "a.csv", tmp_path / "b.jsonl"])


def test_a_pattern_gives_files_in_natural_order(tmp_path):
    """The second part comes before the tenth; folders and hidden files are none."""
    names = ["part-10.csv", "part-2.csv", "part-1.csv", ".part-0.csv", "x.txt"]
    for name in names:
        (tmp_path / name).touch()
    (tmp_path / "part-3.csv").mkdir()
    found = [one.name for one in list_files(tmp_path, "part-*.csv")]
    assert found == ["part-1.csv", "part-2.csv", "part-10.csv"]
    assert list_files(tmp_path, "x.txt") == [tmp_path / "x.txt"]
    assert list_files(tmp_path, "none.csv") == list_files(tmp_path, "none-*.csv") == []
    absolute = list_files(tmp_path / "elsewhere", str(tmp_path / "part-?.csv"))
    assert [one.name for one in absolute] == ["part-1.csv", "part-2.csv"]


def test_a_name_with_the_signs_of_a_pattern_is_a_name_first(tmp_path):
    """And a folder with them is one always."""
    folder = tmp_path / "spring [1]"
    folder.mkdir()
    (folder / "people[2].csv").touch()
    (folder / "b.csv").touch()
    assert list_files(folder, "people[2].csv") == [folder / "people[2].csv"]
    assert list_files(folder, "b*.csv") == [folder / "b.csv"]


def test_parts_are_one_list(tmp_path):
    """Columns may stand in another order, and lines begin anew in each part."""
    files = _shards(
        tmp_path,
        a="email,n\na@b.org,1\nc@d.org,2\n",
        b="N;email\n3;e@f.org\n",
        c="n,email\n",
    )
    found = read_any(files)
    for _ in range(2):
        rows = list(found)
        assert [row.fields["n"] for row in rows] == ["1", "2", "3"]
        assert [row.source for row in rows][1:] == [f"{files[0]}:3", f"{files[1]}:2"]


def test_somebody_in_two_parts_is_told_with_both_places(tmp_path):
    """As within one; so is what is wrong with any row."""
    a, b, c, d = _shards(
        tmp_path,
        a="email\na@b.org\n",
        b="email\n",
        c="email\nc@d.org\nnobody\nC@d.org\n",
        d="email\nA@b.org\nc@d.org\n",
    )
    with pytest.raises(AudienceError) as caught:
        list(read_any([a, b, c, d]))
    told = [str(one) for one in caught.value.problems]
    assert told[0].startswith(f"{c}:3, column 'email': ")
    assert told[1:] == [
        f"{c}:4, column 'email': same mailbox as line 2",
        f"{d}:2, column 'email': same mailbox as line 2 of {a}",
        f"{d}:3, column 'email': same mailbox as line 2 of {c}",
    ]


def test_parts_have_the_same_columns(tmp_path):
    """Both files are named, and what sets them apart."""
    a, b = _shards(tmp_path, a="email,Name\na@b.org,A\n", b="email,Nome\nc@d.org,C\n")
    with pytest.raises(AudienceError) as caught:
        list(read_any([a, b]))
    [problem] = caught.value.problems
    assert str(problem) == (
        f"{b}: its columns are not those of {a}: 'Name' is missing, 'Nome' is not there"
    )


def test_lines_of_json_have_no_columns_to_compare(tmp_path):
    """Each object says for itself what it has."""
    (tmp_path / "a.jsonl").write_text('{"email": "a@b.org", "x": 1}\n')
    (tmp_path / "b.jsonl").write_text('{"email": "c@d.org"}\n')
    assert len(list(read_any(list_files(tmp_path, "*.jsonl")))) == 2


def test_a_part_that_cannot_be_read_is_named(tmp_path):
    """Nothing of the others counts then."""
    a, b = _shards(tmp_path, a="email\na@b.org\n", b="")
    with pytest.raises(AudienceError, match=r"b.csv:1: the file is empty"):
        list(read_any([a, b]))


def test_personal_files_of_parts_in_several_folders_need_a_place(tmp_path):
    """It is not guessed beside which of them they lie."""
    for name in ("x", "y"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "p.csv").write_text(f"email,file\n{name}@b.org,\n")
    files = list_files(tmp_path, "*/p.csv")
    with pytest.raises(ConfigurationError, match="lie in several folders"):
        read_any(files, attachments="file")
    assert len(list(read_any(files))) == 2
