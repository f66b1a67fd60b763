"""Tests of searching octets."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.checks.documents.octets import read_octets
from safesend.checks.piece import Kind
from safesend.checks.reading import Reading

AROUND = b"\0\1\2\3%b\0\xff\0\1"


def spellings(octets: bytes) -> set[str]:
    return {
        spelling
        for one in Reading.of(read_octets(octets)).sightings
        for spelling in one.mention.spellings
    }


@pytest.mark.parametrize(
    "run",
    [
        b"ada@example.org",
        "ada@example.org".encode("utf-16-le"),
        "ada@example.org".encode("utf-16-be"),
        b"ada%40example.org",
        b"ada&#64;example.org",
        b"ada=40example.org",
        b"ada\\u0040example.org",
        b"ada(at)example.org",
        "ada\uff20example.org".encode(),
        base64.b64encode(b"ada@example.org"),
        b"ada@example.org".hex().encode(),
        b"\x80\x81\xe9ada@example.org\xe9\x80",
        b"/ada@example.org",
        b"0ada@example.org, who lives in the house at the sea",
    ],
)
def test_an_address_in_octets_is_found(run):
    """Plain, in UTF-16 and in disguises, whatever stands around it."""
    assert "ada@example.org" in spellings(AROUND % run)


def test_a_run_is_of_its_kind_and_place():
    """Nobody can say better where it stands."""
    [piece] = read_octets(AROUND % b"to ada@example.org")
    assert (piece.kind, piece.place) == (Kind.OCTETS, "raw octets")
    assert piece.text == "to ada@example.org"


@pytest.mark.parametrize("run", [b"a@b", b"hello world", b"@" * 5, b"", b"x" * 11])
def test_what_can_hold_no_address_is_left_out(run):
    """Short runs, texts without a sign, signs without a dot."""
    assert list(read_octets(AROUND % run)) == []


def test_a_long_run_is_given_in_pieces_that_overlap():
    """An address at any place of it is whole in one of them."""
    filling = "ab. " * 40_000
    for charset in "utf-8", "utf-16-le", "utf-16-be":
        for shift in range(0, 400, 57):
            text = filling[: 65_536 - shift] + " ada@example.org " + filling
            assert "ada@example.org" in spellings(text.encode(charset))


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_an_address_between_any_octets_is_found(before, after):
    """Behind a control character, and before one."""
    assert "ada@example.org" in spellings(before + b"\0ada@example.org\0" + after)
