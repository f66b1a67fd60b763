"""Archives and unknown files that hold a text, by the standard library and by hand."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile

from checks.planting.spot import Spot
from checks.planting.texts import MAIL

__all__ = ["ARCHIVES", "table", "zipped"]


def zipped(
    name: str, content: bytes, *, comment: bytes = b"", member_comment: bytes = b""
) -> bytes:
    """A zip of one file, written by the standard library."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        info = zipfile.ZipInfo(name, (2026, 11, 24, 8, 0, 0))
        info.comment = member_comment
        info.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(info, content)
        archive.comment = comment
    return out.getvalue()


def _tarred(name: str, content: bytes, mode: str = "w") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        info = tarfile.TarInfo(name)
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def table(text: str) -> bytes:
    return f"name;mail\nEve;{text}\n".encode()


def _zip_in_zip(text: str) -> bytes:
    inner = zipped("list.csv", table(text))
    return zipped("c.zip", zipped("b.zip", inner))


def _local_only(text: str) -> bytes:
    """A member that the central directory does not name; unzip -FF brings it back."""
    hidden = zipped("list.csv", table(text))
    visible = zipped("a.txt", b"Nothing to see.")
    directory = hidden.index(b"PK\x01\x02")
    shift = directory
    end = struct.unpack_from("<4s4H2LH", visible, visible.rindex(b"PK\x05\x06"))
    start = end[6]
    central = bytearray(visible[start : start + end[5]])
    struct.pack_into("<L", central, 42, shift)
    tail = struct.pack("<4s4H2LH", *end[:6], start + shift, 0)
    return hidden[:directory] + visible[:start] + bytes(central) + tail


ARCHIVES = [
    Spot("zip", lambda t: zipped("list.csv", table(t)), ("list.csv",), "a.zip"),
    Spot("zip in zips", _zip_in_zip, ("list.csv",), "a.zip"),
    Spot("zip member name", lambda t: zipped(f"{t} .pdf", b"x"), (), "a.zip"),
    Spot("zip comment", lambda t: zipped("a", b"x", comment=t.encode()), (), "a.zip"),
    Spot(
        "zip member comment",
        lambda t: zipped("a", b"x", member_comment=t.encode()),
        (),
        "a.zip",
    ),
    Spot("zip called text", lambda t: zipped("list.csv", table(t)), (), "a.txt"),
    Spot(
        "zip after something",
        lambda t: b"#!/bin/sh\nexit\n" + zipped("list.csv", table(t)),
        (),
        "a.zip",
    ),
    Spot("text before a zip", lambda t: table(t) + zipped("a", b"x"), (), "a.zip"),
    Spot("zip without directory", _local_only, (), "a.zip"),
    Spot("zip cut off", lambda t: zipped("list.csv", table(t) * 9)[:-30], (), "a.zip"),
    Spot("gz", lambda t: gzip.compress(table(t)), (), "list.csv.gz"),
    Spot("bz2", lambda t: bz2.compress(table(t)), (), "list.csv.bz2"),
    Spot("xz", lambda t: lzma.compress(table(t)), (), "list.csv.xz"),
    Spot("tar", lambda t: _tarred("list.csv", table(t)), ("list.csv",), "a.tar"),
    Spot("tar name", lambda t: _tarred(f"{t} .pdf", b"x"), (), "a.tar"),
    Spot("tgz", lambda t: _tarred("list.csv", table(t), "w:gz"), (), "a.tgz"),
    Spot("tar.xz", lambda t: _tarred("list.csv", table(t), "w:xz"), (), "a.tar.xz"),
    Spot(
        "eml in zip",
        lambda t: zipped("old.eml", MAIL.format(f"Bcc: {t}").encode()),
        ("old.eml",),
        "a.zip",
    ),
    Spot(
        "unknown binary",
        lambda t: b"\x7fBIN\x00\x01\x02" + t.encode() + b"\x00\xff" * 20,
        (),
        "a.bin",
    ),
    Spot(
        "unknown binary utf-16",
        lambda t: b"\x7fBIN\x00\x01\x02\x03" + t.encode("utf-16-le") + b"\xff" * 20,
        (),
        "a.bin",
        ascii_only=True,
    ),
]
