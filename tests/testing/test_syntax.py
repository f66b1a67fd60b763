from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.testing.strategies import addresses
from safesend.testing.syntax import (
    Bad,
    Hopeless,
    Path,
    read_chunk,
    read_command,
    read_path,
    wrong_content,
)


def test_verbs_may_be_written_in_any_case() -> None:
    """The argument stays as it is."""
    assert read_command(b"rset", {"RSET"}) == ("RSET", "")
    assert read_command(b"Ehlo Me", {"EHLO"}) == ("EHLO", "Me")


@given(st.binary(max_size=30))
def test_any_octets_are_a_command_or_refused(line: bytes) -> None:
    """Nothing else can happen, and what is taken has no control character."""
    try:
        verb, argument = read_command(line, {"NOOP"})
    except Bad as error:
        verb, argument = "", str(error)
    assert verb == "NOOP" or argument.startswith("500 5.5.2 ")
    assert argument.replace(" ", "").isprintable()


@given(addresses())
def test_every_ordinary_address_is_a_path(address: str) -> None:
    """With the word before it, and without parameters."""
    path = read_path(f"TO:<{address}>", parameters=frozenset())

    assert path == Path(address, {})


@pytest.mark.parametrize(
    "argument",
    ["<a@x.example>", "TO:a@x.example", "TO:<a>", "TO:<a@b@c>", "TO:<a@b>x", "TO:<@>"],
)
def test_what_is_no_path_is_refused(argument: str) -> None:
    """Brackets, one @, and nothing after."""
    with pytest.raises(Bad, match="501"):
        read_path(argument, parameters=frozenset())


def test_content_that_is_fine_has_no_reply() -> None:
    """Also the empty one."""
    assert wrong_content(b"", eight_bit=False) is None
    assert wrong_content(b"a\r\n" * 9, eight_bit=False) is None


def test_a_chunk_has_a_size_and_may_be_the_last() -> None:
    """As RFC 3030 section 2 writes it."""
    assert read_chunk("86") == (86, False)
    assert read_chunk("0 LAST") == (0, True)
    assert read_chunk("7 last") == (7, True)


@pytest.mark.parametrize("argument", ["", "x", "-1", "1 LAST ", "1  LAST", "1 FIRST"])
def test_a_chunk_of_no_size_cannot_be_read_on(argument: str) -> None:
    """Nobody knows where its octets end."""
    with pytest.raises(Hopeless, match="501"):
        read_chunk(argument)
