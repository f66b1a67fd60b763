import io

import pytest

from safesend.errors import AudienceError, ConfigurationError
from safesend.intake import read_csv
from safesend.intake.source import Source

TEXT = "email,name\nada@example.org,Jörg\n"


def names(audience):
    return [row.fields["name"] for row in audience]


class Pipe(io.RawIOBase):
    """A stream that can be read once, a few octets at a time."""

    def __init__(self, content):
        self._rest = content

    def readable(self):
        return True

    def readinto(self, target):
        size = min(3, len(target), len(self._rest))
        target[:size], self._rest = self._rest[:size], self._rest[size:]
        return size


@pytest.mark.parametrize(
    "stream",
    [
        io.StringIO(TEXT),
        io.StringIO("\ufeff" + TEXT),
        io.BytesIO(TEXT.encode()),
        io.BytesIO(TEXT.encode("utf-16")),
        Pipe(TEXT.encode()),
        io.BufferedReader(Pipe(TEXT.encode())),
        io.TextIOWrapper(Pipe(TEXT.encode()), encoding="utf-8"),
    ],
)
def test_a_stream_is_read_once_and_walked_often(stream):
    """
    Text or octets, seekable or not; two walks at a time do not disturb one another.
    """
    audience = read_csv(stream)

    assert names(audience) == ["Jörg"]
    assert names(audience) == ["Jörg"]
    assert len(list(zip(audience, audience, strict=True))) == 1
    assert audience.file == "list"


def test_a_stream_of_octets_may_have_an_encoding():
    """
    As a file may.
    """
    assert names(read_csv(io.BytesIO(TEXT.encode("cp1252")), encoding="cp1252")) == [
        "Jörg"
    ]


def test_a_stream_of_text_has_no_encoding_left():
    """
    It was decoded by whoever opened it; what could not be is told.
    """
    audience = read_csv(io.StringIO(TEXT.replace("ö", "\udcf6")), encoding="cp1252")

    with pytest.raises(AudienceError, match="it is not utf-8"):
        list(audience)


def test_an_open_file_has_a_name_and_a_folder(tmp_path):
    """
    Rows are told by it.
    """
    path = tmp_path / "members.csv"
    path.write_text(TEXT, encoding="utf-8")
    with path.open("rb") as file:
        audience = read_csv(file)
        [row] = audience

    assert row.source == f"{path}:2"
    assert Source.of(path.as_posix(), None).folder == tmp_path
    assert names(audience) == ["Jörg"]


def test_a_relative_path_is_bound_to_the_folder_of_the_call(tmp_path, monkeypatch):
    """
    A later pass in another folder reads the same file, and names it as it was named.
    """
    (tmp_path / "members.csv").write_text(TEXT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    audience = read_csv("members.csv")
    monkeypatch.chdir("/")

    [row] = audience

    assert row.source == "members.csv:2"


class Broken(Pipe):
    def readinto(self, target):
        if not self._rest:
            raise OSError("gone")
        return super().readinto(target)


def test_a_stream_that_fails_is_not_a_short_list():
    """
    It is refused, and refused again.
    """
    audience = read_csv(Broken(TEXT.encode()))

    with pytest.raises(AudienceError, match=r"to its end \(OSError\)"):
        list(audience)
    with pytest.raises(AudienceError, match="open it anew"):
        list(audience)


def test_a_closed_file_is_told():
    """
    A list is read when it is walked, and its file must be open by then.
    """
    stream = io.StringIO(TEXT)
    stream.close()

    with pytest.raises(AudienceError, match=r"\(ValueError\)"):
        list(read_csv(stream))


def test_files_of_an_unnamed_list_need_a_folder(tmp_path):
    """
    Paths in a stream are relative to nothing.
    """
    with pytest.raises(ConfigurationError, match="attachments_dir"):
        read_csv(io.StringIO(TEXT), attachments="file")
