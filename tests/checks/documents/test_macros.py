"""Tests of the source of macros."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.documents.compounds import packed_macro
from safesend.checks.documents.budget import Budget, Exhausted
from safesend.checks.documents.macros import macro_source

SOURCE = b'Attribute VB_Name = "M"\r\nCall Send("ada@example.org")\r\n'


def chunk(tokens: bytes) -> bytes:
    """A container of one chunk behind other octets."""
    return b"xyz\1" + struct.pack("<H", 0xB000 | (len(tokens) - 1)) + tokens


def test_the_source_is_unpacked():
    """Over as many chunks as it has."""
    assert macro_source(packed_macro(SOURCE), Budget()) == SOURCE.decode()
    long = SOURCE + b"' line\r\n" * 2000
    assert macro_source(packed_macro(long), Budget()) == long.decode()


def test_copies_are_undone():
    """The example of MS-OVBA section 3.2.2, behind the first word of a module."""
    # "Attribut" as it is, then "aaaaaaaaaaaa" as a letter and a copy of eleven.
    copy = (0 << 12) | (11 - 3)
    tokens = b"\0Attribut" + b"\2a" + struct.pack("<H", copy)
    assert macro_source(chunk(tokens), Budget()) == "Attribut" + "a" * 12
    far = (7 << 12) | (8 - 3)
    tokens = b"\0Attribut" + b"\1" + struct.pack("<H", far)
    assert macro_source(chunk(tokens), Budget()) == "AttributAttribut"


def test_a_chunk_may_be_stored_as_it_is():
    """Where nothing is gained."""
    plain = struct.pack("<H", 0x3000 | 4095) + b"b" * 4096
    tokens = b"\0Attribut"
    assert macro_source(chunk(tokens) + plain, Budget()) == "Attribut" + "b" * 4096


@pytest.mark.parametrize(
    "tokens",
    [
        b"\0Attribut\1\0\xff",  # a copy of what is not there
        b"\0Attribut\1",
        b"\0Attribut\0",
    ],
)
def test_broken_tokens_end_the_chunk(tokens):
    """What came before is given."""
    assert macro_source(chunk(tokens), Budget()) == "Attribut"


def test_a_stream_without_source_has_none():
    """Also one in which a chunk is none."""
    assert macro_source(b"", Budget()) == ""
    assert macro_source(b"\0Attribut", Budget()) == ""
    assert macro_source(b"x\1\0\0\0Attribut", Budget()) == ""


def test_the_source_is_paid_for():
    """As everything that is unpacked."""
    with pytest.raises(Exhausted):
        macro_source(packed_macro(SOURCE), Budget(octets=10))


@given(st.binary(max_size=100))
def test_any_octets_are_read(octets):
    """Nothing is raised, and a chunk gives no more than it may."""
    assert len(macro_source(chunk(b"\0Attribut" + octets), Budget())) < 3 * 4096
