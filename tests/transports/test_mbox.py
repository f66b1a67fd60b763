from __future__ import annotations

import asyncio
import fcntl
import mailbox
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from message.letters import forged
from safesend.delivery import Accepted, InDoubt, NotSent
from safesend.errors import TransportError
from safesend.testing import FakeClock, make_envelopes
from safesend.transports import MboxTransport, Transport, open_transport
from safesend.transports.mbox import _take_back
from transports.carrying import carry, largest_file, raw


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "out.mbox"


def _subjects(file: Path) -> list[str]:
    with closing(mailbox.mbox(file, create=False)) as box:
        return [message["Subject"] for message in box]


def _letter(name: str, text: bytes = b"Hello\r\n") -> bytes:
    return b"Subject: %b\r\n\r\n%b" % (name.encode(), text)


def test_mail_readers_can_read_it(file: Path) -> None:
    """The standard library's reader sees every message."""
    envelopes = list(make_envelopes(5))

    assert carry(MboxTransport(file), envelopes) == [Accepted()] * 5

    with closing(mailbox.mbox(file, create=False)) as box:
        assert [message["To"] for message in box] == [
            envelope.recipient.wire for envelope in envelopes
        ]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(file.parent.iterdir()) == [file]  # no journal is left


def test_how_a_message_is_written(file: Path) -> None:
    """From_ line with sender and date, LF, one blank line after it."""
    transport = MboxTransport(file, clock=FakeClock(0.0))

    carry(transport, [raw(_letter("one")), raw(b"Subject: two\r\n\r\nno end")])

    assert file.read_bytes() == (
        b"From news@example.org Thu Jan  1 00:00:00 1970\n"
        b"Subject: one\n\nHello\n\n"
        b"From news@example.org Thu Jan  1 00:00:00 1970\n"
        b"Subject: two\n\nno end\n\n"
    )


@pytest.mark.parametrize(
    ("sender", "shown"),
    [("", b"MAILER-DAEMON"), ('"a b"@example.org', b'"a_b"@example.org')],
)
def test_the_from_line_is_one_line_of_three_parts(
    file: Path, sender: str, shown: bytes
) -> None:
    """Whatever the envelope sender is."""
    envelope = forged(raw(_letter("x")), sender=sender)

    carry(MboxTransport(file), [envelope])

    assert file.read_bytes().startswith(b"From " + shown + b" ")


def test_lines_that_look_like_from_lines_are_quoted(file: Path) -> None:
    """And those that look quoted get one more, so that it can be undone (mboxrd)."""
    text = b"From me\r\n>From you\r\nnot From\r\n"

    carry(MboxTransport(file), [raw(_letter("x", text)), raw(_letter("y"))])

    assert _subjects(file) == ["x", "y"]
    assert b"\n>From me\n>>From you\nnot From\n" in file.read_bytes()


@settings(max_examples=30)
@given(texts=st.lists(st.text("From >\n\r. x", max_size=40), min_size=1, max_size=4))
def test_no_text_can_begin_another_message(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    """There are as many messages in the file as were carried."""
    file = tmp_path_factory.mktemp("mbox") / "out.mbox"
    bodies = [text.replace("\r", "").replace("\n", "\r\n").encode() for text in texts]

    carry(MboxTransport(file), [raw(_letter(str(n), b)) for n, b in enumerate(bodies)])

    assert _subjects(file) == [str(n) for n in range(len(texts))]


@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
def test_it_appends_to_what_is_there(file: Path, end: str) -> None:
    """With a blank line in between, whatever the other program left."""
    file.write_text(f"From x Thu Jan  1 00:00:00 1970\nSubject: old\n\nhello{end}")

    carry(MboxTransport(file), [raw(_letter("new"))])

    assert _subjects(file) == ["old", "new"]
    assert b"hello\n\nFrom " in file.read_bytes()


def test_another_kind_of_file_is_not_appended_to(file: Path) -> None:
    """A typing error in a path destroys nothing."""
    file.write_bytes(b"SQLite format 3\0")

    with pytest.raises(TransportError, match="not an mbox") as caught:
        carry(MboxTransport(file), make_envelopes(1))

    assert caught.value.permanent
    assert file.read_bytes() == b"SQLite format 3\0"


def test_a_pipe_or_a_link_is_refused(file: Path) -> None:
    """Only an ordinary file under its own name is written to."""
    os.mkfifo(file)
    with pytest.raises(TransportError, match="not an ordinary file"):
        carry(MboxTransport(file), [])
    file.unlink()
    file.symlink_to(file.with_name("elsewhere"))
    with pytest.raises(TransportError) as caught:
        carry(MboxTransport(file), [])
    assert caught.value.permanent


def test_a_full_disk_leaves_no_half_message(file: Path) -> None:
    """The batch is taken back whole, and its rows may go again."""
    carry(MboxTransport(file), [raw(_letter("one"))])
    before = file.read_bytes()

    with largest_file(5000):
        outcomes = carry(MboxTransport(file), make_envelopes(50))

    assert {type(outcome) for outcome in outcomes} == {NotSent}
    assert file.read_bytes() == before
    carry(MboxTransport(file), [raw(_letter("two"))])
    assert _subjects(file) == ["one", "two"]


def test_what_cannot_be_taken_back_is_in_doubt(file: Path) -> None:
    """Nobody knows then how much of the batch is there."""
    file.write_bytes(b"From half a batch")
    descriptor = os.open(file, os.O_RDONLY)
    try:
        outcomes = _take_back(descriptor, 0, OSError(5, "I/O error"), 2)
    finally:
        os.close(descriptor)

    assert [type(outcome) for outcome in outcomes] == [InDoubt, InDoubt]


def _crashed(file: Path) -> tuple[bytes, bytes, Path]:
    """A file with one batch of three whose session was never closed."""

    async def run() -> None:
        session = await MboxTransport(file).connect("")
        letters = [raw(_letter(name, b"\r\n\r\nx\r\n\r\n")) for name in "abc"]
        async for _ in session.deliver(letters):
            pass
        (file.with_name("kept")).write_bytes(journal.read_bytes())
        await session.close()

    journal = file.with_name("out.mbox.safesend")
    carry(MboxTransport(file), [raw(_letter("one"))])
    before = file.read_bytes()
    asyncio.run(run())
    file.with_name("kept").rename(journal)
    return before, file.read_bytes(), journal


@settings(max_examples=40)
@given(data=st.data())
def test_a_torn_batch_is_cut_off(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Wherever the crash cut: the whole batch stays, a part of it goes."""
    file = tmp_path_factory.mktemp("torn") / "out.mbox"
    before, whole, journal = _crashed(file)
    cut = data.draw(st.integers(len(before), len(whole)))
    file.write_bytes(whole[:cut])

    carry(MboxTransport(file), [])

    assert file.read_bytes() == (whole if cut == len(whole) else before)
    assert not journal.exists()


def test_a_batch_of_zeros_is_cut_off(file: Path) -> None:
    """After a power cut a file may have its length and not its octets."""
    before, whole, _ = _crashed(file)
    file.write_bytes(before + bytes(len(whole) - len(before)))

    carry(MboxTransport(file), [raw(_letter("next"))])

    assert _subjects(file) == ["one", "next"]


def test_mail_of_others_is_never_cut_off(file: Path) -> None:
    """What follows a torn batch is somebody's: the file is refused, with reasons."""
    _, whole, journal = _crashed(file)
    file.write_bytes(whole[:-20] + b"x" * 20 + b"From other mail\n")
    damaged = file.read_bytes()

    with pytest.raises(TransportError, match="other mail follows") as caught:
        carry(MboxTransport(file), [])

    assert caught.value.permanent
    assert file.read_bytes() == damaged
    assert journal.exists()


@pytest.mark.parametrize("rest", [b"", b"12 50 abc", b"5 9 x y\n", b"1 2 3 4 5\n"])
def test_a_torn_journal_planned_nothing(file: Path, rest: bytes) -> None:
    """Nothing was written before its line was durable."""
    _, whole, journal = _crashed(file)
    journal.write_bytes(rest)

    carry(MboxTransport(file), [])

    assert file.read_bytes() == whole


def test_a_file_that_was_emptied_meanwhile_stays_empty(file: Path) -> None:
    """Its owner shortened it; there is nothing to mend."""
    _crashed(file)
    file.write_bytes(b"")

    carry(MboxTransport(file), [])

    assert file.read_bytes() == b""


_HOLD = """
import fcntl, sys
file = open(sys.argv[1], "a+b")
fcntl.lockf(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def _held(file: Path) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        process.stdout.readline()
        yield process


def test_another_program_is_waited_for(file: Path) -> None:
    """It lets go after a moment."""
    with _held(file) as process:
        release = threading.Timer(0.2, process.stdin.close)
        release.start()
        assert carry(MboxTransport(file), make_envelopes(1)) == [Accepted()]
        release.join()


def test_waiting_has_an_end(file: Path) -> None:
    """A program that never lets go is an error that may pass."""
    with (
        _held(file),
        pytest.raises(TransportError, match="another program") as caught,
    ):
        carry(MboxTransport(file, patience=0.1), make_envelopes(1))

    assert not caught.value.permanent


def test_a_lock_taken_between_two_batches_sends_nothing(file: Path) -> None:
    """The batch is not sent, and the session is over."""

    async def run() -> tuple[object, bool]:
        session = await MboxTransport(file, patience=0.1).connect("")
        with _held(file):
            [outcome] = [one async for one in session.deliver(make_envelopes(1))]
        usable = session.usable
        await session.close()
        return outcome, usable

    outcome, usable = asyncio.run(run())
    assert isinstance(outcome, NotSent)
    assert "another program" in outcome.text
    assert not usable


def test_the_lock_is_let_go(file: Path) -> None:
    """Between batches other programs have their turn."""
    carry(MboxTransport(file), make_envelopes(1))
    with file.open("r+b") as other:
        fcntl.lockf(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_its_url(file: Path) -> None:
    """The name is a URL that leads to the same place."""
    transport = open_transport(f"mbox:{file}")

    assert transport == MboxTransport(file)
    assert isinstance(transport, Transport)
    assert open_transport(transport.name) == transport
    assert transport.route(next(make_envelopes(1))) == transport.name
    assert transport.limits() is None
