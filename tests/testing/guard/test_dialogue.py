"""What a client writes to an SMTP server, read by a bystander."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.testing.guard.dialogue import Dialogue, Lines

MAIL = b"MAIL FROM:<choir@example.org> SIZE=20\r\n"


def _heard(*writes: bytes) -> list[tuple[list[str], bytes]]:
    dialogue = Dialogue()
    return [one for data in writes for one in dialogue.feed(data)]


def test_a_transaction_is_its_recipients_and_its_content() -> None:
    """The dot ends it, and the one that was doubled is single again."""
    heard = _heard(
        b"ehlo x\r\n",
        b"mail FROM:<choir@example.org> size=20\r\n",
        b"rcpt TO:<ada@example.org> NOTIFY=NEVER\r\n",
        b'rcpt TO:<"a>b"@example.org>\r\n',
        b"RCPT TO: bo@example.com\r\n",
        b"rcpt TO:<>\r\n",
        b"data\r\n",
        b"To: x\r\n\r\n..dot\r\n.\r\n",
        b"quit\r\n",
    )
    people = ["ada@example.org", '"a>b"@example.org', "bo@example.com", ""]
    assert heard == [(people, b"To: x\r\n\r\n.dot\r\n")]


def test_a_pipelined_group_is_taken_apart() -> None:
    """Content and the next commands may be written at once (RFC 2920)."""
    heard = _heard(
        MAIL + b"RCPT TO:<a@example.org>\r\nDATA\r\n",
        b"one\r\n.\r\nRSET\r\n" + MAIL + b"RCPT TO:<b@example.org>\r\nDATA\r\n",
        b"two\r\n.\r\nQUIT\r\n",
    )
    assert heard == [(["a@example.org"], b"one\r\n"), (["b@example.org"], b"two\r\n")]


@pytest.mark.parametrize("between", [b"RSET\r\n", b"EHLO x\r\n", MAIL])
def test_a_new_beginning_forgets_the_recipients(between: bytes) -> None:
    """After RSET, EHLO or another MAIL nobody is left of those before."""
    heard = _heard(b"RCPT TO:<a@example.org>\r\n", between, b"DATA\r\n", b".\r\n")
    assert heard == [([], b"")]


@pytest.mark.parametrize(
    "after",
    [
        b"RSET\r\n" + MAIL + b"RCPT TO:<c@x.org>\r\nDATA\r\n",
        b"rset\r\n",
        b"quit\r\n",
        b"noop\r\n",
        MAIL,
        b"DATA\r\n",
        b"lhlo x\r\n",
    ],
)
def test_what_follows_a_refused_data_is_no_content(after: bytes) -> None:
    """A command alone, where content was expected, says that DATA was refused."""
    heard = _heard(
        b"RCPT TO:<a@example.org>\r\nDATA\r\n",
        after,
        b"RSET\r\n" if after != b"DATA\r\n" else b"rset\r\n",
        MAIL,
        b"RCPT TO:<b@example.org>\r\n",
        b"DATA\r\n",
        b"x\r\n.\r\n",
    )
    assert heard == [(["b@example.org"], b"x\r\n")]


def test_chunks_end_with_the_last() -> None:
    """BDAT says how much follows, and which chunk ends the message (RFC 3030)."""
    heard = _heard(
        MAIL + b"RCPT TO:<a@example.org>\r\nBDAT 4\r\n.\r\n",
        b"xBDAT 2 LAST\r\nyz",
        MAIL + b"RCPT TO:<b@example.org>\r\nBDAT 0 LAST\r\n",
        b"BDAT many\r\n",
    )
    assert heard == [(["a@example.org"], b".\r\nxyz"), (["b@example.org"], b"")]


@given(
    st.lists(
        st.tuples(st.sampled_from(("a@x.org", "b@x.org")), st.binary(max_size=40)),
        max_size=4,
    ),
    st.data(),
)
def test_the_same_is_heard_however_it_is_cut(
    messages: list[tuple[str, bytes]], data: st.DataObject
) -> None:
    """Whatever goes over the wire is heard whole, in pieces of any size."""
    octets, expected = b"", []
    for person, binary in messages:
        body = re.sub(rb"[\r\n]", b"", binary) + b"\r\n" if binary else b""
        stuffed = re.sub(rb"(?m)^\.", b"..", body)
        octets += MAIL + b"RCPT TO:<%s>\r\nDATA\r\n" % person.encode()
        octets += stuffed + b".\r\n"
        expected.append(([person], body))
    cuts = data.draw(st.lists(st.integers(0, len(octets)), max_size=6).map(sorted))
    edges = [0, *cuts, len(octets)]
    pieces = [octets[a:b] for a, b in itertools.pairwise(edges)]
    whole = _heard(octets)
    assert whole == expected
    if not any(re.fullmatch(rb"(?i)(rset|quit|data|noop.*)\r\n", p) for p in pieces):
        assert _heard(*pieces) == expected


@given(st.lists(st.binary(max_size=60), max_size=5))
def test_nothing_that_is_written_makes_it_fail(writes: list[bytes]) -> None:
    """A bystander never breaks the dialogue."""
    _heard(b"DATA\r\n", *writes)
    _heard(*writes)


def test_each_connection_has_its_own_dialogue() -> None:
    """Also where connections are all equal and have no hash."""

    class Client:
        __hash__ = None  # type: ignore[assignment]

        def __eq__(self, other: object) -> bool:
            return True

    lines, one, other = Lines(), Client(), Client()
    assert lines.of(one) is lines.of(one)
    assert lines.of(one) is not lines.of(other)
    seen = [id(lines.of(Client())) for _ in range(3)]
    assert id(lines.of(one)) not in seen
