"""Tests of what a zip archive holds besides its members."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from checks.documents.reads import ADA, clauses, places, seen

TABLE = b"name,mail\nAda,ada@example.org\n" * 3


def zipped(name: str, data: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr(name, data)
    return out.getvalue()


def local(name: str, data: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A member without a directory."""
    whole = zipped(name, data, method)
    return whole[: whole.index(b"PK\1\2")]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("front", [True, False])
def test_a_member_that_no_directory_lists_is_read(method, front):
    """An archive that was changed in place keeps what was taken out."""
    old, visible = local("old.csv", TABLE, method), zipped("a.txt", b"nothing")
    data = old + visible if front else visible + old
    found = [one for one in places("a.zip", data) if "left-over" in one]
    assert "left-over member 'old.csv', cell B2" in found


def test_an_archive_without_a_directory_is_read():
    """A download that broke off; it is noted as damaged."""
    data = local("a.csv", TABLE) + local("b.csv", TABLE)
    assert clauses("a.zip", data) == [("unreadable", "it is damaged")]
    assert "left-over member 'b.csv', cell B2" in places("a.zip", data)


def test_a_member_that_breaks_off_is_read_as_far_as_it_goes():
    """The end of the data is the end of the text."""
    data = local("a.csv", TABLE + bytes(range(256)) * 9)[:-100]
    assert ADA in seen("a.zip", data)


def test_sizes_may_follow_the_data():
    """As programs write that cannot go back (APPNOTE 4.4.4)."""
    for method in 0, 8:
        data = bytearray(local("a.csv", TABLE, method))
        data[6] |= 8
        data[14:26] = bytes(12)
        assert ADA in seen("a.zip", bytes(data) + b"PK\7\x08")
        assert ADA in seen("a.zip", bytes(data))


@pytest.mark.parametrize(("offset", "octets"), [(8, b"\0\0"), (18, b"\5\0\0\0")])
def test_a_member_that_differs_from_the_directory_is_read_both_ways(offset, octets):
    """Whoever reads from the front gets something else."""
    data = bytearray(zipped("a.txt", b"x" * 500))
    data[offset : offset + len(octets)] = octets
    assert any("left-over" in one for one in places("a.zip", bytes(data), "a.txt")) or (
        "name of a left-over member" in places("a.zip", bytes(data), "a.txt")
    )


def test_another_name_in_front_of_the_data_is_read():
    """The directory says a.txt, the header of the member an address."""
    data = zipped("aaa_example.org", b"x").replace(b"aaa_", b"ada@", 1)
    assert ADA in seen("a.zip", data)


def test_what_stands_between_the_members_is_searched():
    """Extra fields, gaps, what is put in front."""
    info = zipfile.ZipInfo("a.txt")
    note = b"to ada@example.org"
    info.extra = struct.pack("<HH", 0x7777, len(note)) + note
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(info, b"x")
    assert ADA in seen("a.zip", out.getvalue())
    assert ADA in seen("a.zip", b"PK\3\4 bob ada@example.org\0\0" + zipped("a", b"x"))


def test_a_left_over_member_may_be_unreadable():
    """Encrypted, damaged, packed in another way, swelling."""
    for place, octets, reason in (
        (6, b"\1", "it is encrypted"),
        (8, b"\x5d", "it is packed in a way that safesend cannot open"),
    ):
        data = bytearray(local("a.csv", TABLE))
        data[place : place + 1] = octets
        assert ("unreadable", reason) in clauses("a.zip", bytes(data))
    broken = local("a.csv", TABLE)
    start = broken.index(b"a.csv") + 5
    broken = broken[:start] + b"\xff" * 50
    assert clauses("a.zip", broken).count(("unreadable", "it is damaged")) == 2
    bomb = local("a", bytes(50 << 20))
    reason = "it swells without measure when unpacked"
    assert ("unreadable", reason) in clauses("a.zip", bomb)


def test_the_octets_of_a_member_are_no_left_overs():
    """An archive in an archive that is stored as it is."""
    inner = zipped("b.csv", TABLE)
    outer = zipped("in.zip", inner, zipfile.ZIP_STORED)
    assert not any("left-over" in one for one in places("a.zip", outer))


def test_an_ordinary_archive_has_no_left_overs():
    """As the standard library writes it, also without going back."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, octets) -> int:
            self.data += octets
            return len(octets)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Grüße.csv", TABLE)
    for data in bytes(pipe.data), zipped("Grüße.csv", TABLE):
        assert places("a.zip", data)
        assert not any("left-over" in one for one in places("a.zip", data, ""))
