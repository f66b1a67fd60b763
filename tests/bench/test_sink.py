"""Our own sink takes what the standard allows, however it is cut."""

from __future__ import annotations

import socket
import zlib
from itertools import pairwise
from pathlib import Path

import pytest
from benchmarks.core.sink import Conversation, Count
from benchmarks.core.sinks import run_sink
from hypothesis import given
from hypothesis import strategies as st

SESSION = (
    b"EHLO me\r\n"
    b"MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n"
    b"To: b\r\n\r\n..dots\r\n.\r\n"
    b"MAIL FROM:<a@example.org>\r\nRCPT TO:<c@example.org> NOTIFY=NEVER\r\n"
    b"BDAT 6\r\nTo: c\rBDAT 6 LAST\r\n\n\r\nend"
    b"MAIL FROM:<a@example.org>\r\nRCPT TO:<x@example.org>\r\nRSET\r\n"
    b"MAIL FROM:<a@example.org>\r\nRCPT TO:<d@example.org>\r\nDATA\r\n.\r\n"
    b"WHAT\r\nNOOP\r\nQUIT\r\n"
)
TAKEN = [
    ([b"b@example.org"], b"To: b\r\n\r\n.dots\r\n"),
    ([b"c@example.org"], b"To: c\r\n\r\nend"),
    ([b"d@example.org"], b""),
]


@given(st.lists(st.integers(0, len(SESSION)), max_size=8))
def test_a_session_may_come_in_any_pieces(cuts: list[int]) -> None:
    """The same messages and the same answers, wherever the packets end."""
    count = Count(keep=True)
    conversation = Conversation(count)
    places = [0, *sorted(cuts), len(SESSION)]
    answers = b"".join(
        conversation.fed(memoryview(SESSION)[start:end])
        for start, end in pairwise(places)
    )
    assert count.kept == TAKEN
    assert conversation.over
    codes = [line[:3] for line in answers.splitlines() if line[3:4] == b" "]
    data, chunks = [b"250"] * 2 + [b"354", b"250"], [b"250"] * 4
    assert codes == [
        b"250",
        *data,
        *chunks,
        *[b"250"] * 3,
        *data,
        b"500",
        b"250",
        b"221",
    ]


@pytest.mark.parametrize("kind", ["fast", "python"])
@pytest.mark.parametrize("piece", [1, 7, len(SESSION)])
def test_both_sinks_answer_alike(kind: str, piece: int, tmp_path: Path) -> None:
    """The one in C, which measures, and the one in Python, which can read."""
    here = Conversation(Count(keep=False))
    expected = here.fed(memoryview(SESSION))
    with (
        run_sink(kind, tmp_path) as sink,
        socket.create_connection(("127.0.0.1", sink.port)) as wire,
    ):
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(SESSION), piece):
            wire.sendall(SESSION[start : start + piece])
        said = b"".join(iter(lambda: wire.recv(4096), b""))
    assert said.partition(b"\r\n")[2] == expected
    people = [b"b@example.org", b"c@example.org", b"d@example.org"]
    assert sink.told() == {
        "messages": 3,
        "recipients": sum(zlib.crc32(one) for one in people),
    }


def test_recipients_are_summed_whatever_their_order() -> None:
    """Two runs that reached the same people have the same sum."""
    one, two = Count(keep=False), Count(keep=False)
    for number in range(10):
        one.took([b"%d@example.org" % number], None)
        two.took([b"%d@example.org" % (9 - number)], None)
    assert one.recipients == two.recipients != 0
    assert one.messages == 10
    assert one.kept is None
