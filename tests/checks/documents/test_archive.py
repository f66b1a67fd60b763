"""Tests of zip and tar archives."""

from __future__ import annotations

import io
import shutil
import struct
import subprocess
import tarfile
import zipfile

import pytest

from checks.documents.reads import ADA, clauses, places, seen, texts

TABLE = b"name,mail\nAda,ada@example.org\n"


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


METHODS = [
    zipfile.ZIP_STORED,
    zipfile.ZIP_DEFLATED,
    zipfile.ZIP_BZIP2,
    zipfile.ZIP_LZMA,
]


@pytest.mark.parametrize("method", METHODS)
def test_a_member_is_read_however_it_is_packed(method):
    """Its place is its name, and what the file inside says."""
    data = zipped({"b/list.csv": TABLE}, method)
    assert "member 'b/list.csv', cell B2" in places("a.zip", data)
    assert clauses("a.zip", data) == []


def test_names_and_comments_are_read():
    """Of the archive and of its members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.comment = b"from ada@example.org"
        info = zipfile.ZipInfo("for ada@example.org/")
        info.comment = b"to ada@example.org"
        archive.writestr(info, b"")
    assert {"comment", "name of a member"} <= set(places("a.zip", out.getvalue()))
    assert "member 'for ada@example.org/', comment" in places("a.zip", out.getvalue())


def test_names_in_utf_8_are_read_whether_they_say_so_or_not():
    """Many programs do not set the flag."""
    data = zipped({"Grüße.txt": b"x"})
    assert "Grüße.txt" in texts("a.zip", data)
    unsaid = bytearray(data)
    unsaid[7] &= ~0x08
    directory = data.index(b"PK\1\2")
    unsaid[directory + 9] &= ~0x08
    assert "Grüße.txt" in texts("a.zip", bytes(unsaid))
    old = zipped({"Gr__e.txt": b"x"}).replace(b"Gr__e", b"Gr\x81\xe1e")
    assert "Grüße.txt" in texts("a.zip", old)


def test_members_of_one_name_are_all_read():
    """Programs show the last one."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", b"to ada@example.org")
        with pytest.warns(UserWarning, match="Dup"):
            archive.writestr("a.txt", b"to nobody")
    assert ADA in seen("a.zip", out.getvalue())


def test_an_encrypted_member_is_noted():
    """Its name is read."""
    data = bytearray(zipped({"ada@example.org.txt": b"x"}))
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    kinds = clauses("a.zip", bytes(data))
    assert ("unreadable", "it is encrypted") in kinds
    assert ADA in seen("a.zip", bytes(data))


def test_a_member_packed_in_an_unknown_way_is_noted():
    """Zstandard, Deflate64, PPMd."""
    data = bytearray(zipped({"a.txt": b"x"}))
    struct.pack_into("<H", data, 8, 93)
    struct.pack_into("<H", data, data.index(b"PK\1\2") + 10, 93)
    reason = "it is packed in a way that safesend cannot open"
    assert ("unreadable", reason) in clauses("a.zip", bytes(data))


def test_a_damaged_member_does_not_hide_its_neighbours():
    """Each is a note of its own."""
    data = bytearray(zipped({"a.txt": b"x" * 99, "b.csv": TABLE}))
    data[14] ^= 0xFF
    data[data.index(b"PK\1\2") + 16] ^= 0xFF
    assert ("unreadable", "it is damaged") in clauses("a.zip", bytes(data))
    assert "member 'b.csv', cell B2" in places("a.zip", bytes(data))


def test_a_bomb_is_given_up():
    """By its ratio, and by its size with all that is nested in it."""
    bomb = zipped({"zeros": bytes(50 << 20)})
    reason = "it swells without measure when unpacked"
    assert ("unreadable", reason) in clauses("a.zip", bomb)
    many = zipped({f"{number}": bytes(1 << 20) for number in range(300)})
    reason = "it holds more than safesend unpacks"
    assert clauses("a.zip", many)[-1] == ("unreadable", reason)


FORMATS = [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]


def tarred(info: tarfile.TarInfo, data: bytes, form: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    info.size = len(data)
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


@pytest.mark.parametrize("form", FORMATS)
def test_a_tar_archive_is_read_in_every_format(form):
    """Long names included."""
    name = "x" * 90 + "/list.csv"
    data = tarred(tarfile.TarInfo(name), TABLE, form)
    assert places("a.tar", data) == [f"member '{name}', cell B2"]


def test_names_links_and_owners_in_a_tar_archive_are_read():
    """An archive tells the login of whoever made it."""
    info = tarfile.TarInfo("a")
    info.type, info.linkname = tarfile.SYMTYPE, "to/ada@example.org"
    info.uname, info.pax_headers = "adal", {"comment": "by ada@example.org"}
    data = tarred(info, b"")
    assert {"to/ada@example.org", "adal"} <= set(texts("a.tar", data))
    assert "comment=by ada@example.org" in texts("a.tar", data)


def test_what_stands_behind_a_tar_archive_is_searched():
    """Programs stop at the empty blocks."""
    data = tarred(tarfile.TarInfo("a"), b"x") + b"\0\1 ada@example.org \0"
    assert ADA in seen("a.tar", data)


def test_a_tar_archive_that_breaks_off_is_noted():
    """What came before is read."""
    data = tarred(tarfile.TarInfo("list.csv"), TABLE * 900)
    assert ("unreadable", "it is damaged") in clauses("a.tar", data[:3000])
    assert ADA in seen("a.tar", data[:3000])


@pytest.mark.skipif(not shutil.which("tar"), reason="needs tar")
def test_an_archive_of_the_tar_program_is_read(tmp_path):
    """With whatever compression."""
    (tmp_path / "list.csv").write_bytes(TABLE)
    for flag, name in ("", "a.tar"), ("z", "a.tgz"), ("j", "a.tbz"), ("J", "a.txz"):
        target = tmp_path / name
        subprocess.run(
            ["tar", f"-c{flag}f", target, "-C", tmp_path, "list.csv"], check=True
        )
        assert ADA in seen(name, target.read_bytes())
        assert clauses(name, target.read_bytes()) == []
