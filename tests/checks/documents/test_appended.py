"""Tests of what stands behind the end of a file."""

from __future__ import annotations

import pytest

from checks.documents.reads import places
from safesend.checks.documents.appended import read_appended
from safesend.checks.documents.files import File

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\0IEND\xae\x42\x60\x82"


def test_what_follows_the_end_is_read_as_a_file():
    """Whatever it is: a text, an archive, another picture."""
    assert places("a.png", PNG + b"to ada@example.org") == ["after its end, line 1"]


@pytest.mark.parametrize("filling", [b"", b"\0\0\0", b"\r\n"])
def test_filling_is_nothing(filling):
    """Programs fill files up to a round size."""
    assert list(read_appended(File("a", b"abc" + filling), 3)) == []
