from __future__ import annotations

import asyncio
import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safesend.delivery import Accepted, InDoubt, NotSent, Outcome, Stage
from safesend.errors import ConfigurationError, TransportError
from safesend.message.attachment import Attachment
from safesend.message.envelope import Envelope
from safesend.testing import make_envelopes
from safesend.transports.files import (
    BATCH,
    BatchSession,
    NewFile,
    in_thread,
    make_folder,
    opaque_name,
    open_folder,
    open_session,
    path_in,
    publish,
    write_all,
)
from transports.carrying import largest_file


class Heap:
    """A store that keeps what it is given; the n-th envelope may fail."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.batches: list[int] = []
        self.closed = 0
        self.fails_at = fails_at

    def write(self, batch: list[Envelope]) -> list[Outcome]:
        before = sum(self.batches)
        self.batches.append(len(batch))
        return [
            NotSent(Stage.CONTENT) if before + n == self.fails_at else Accepted()
            for n in range(len(batch))
        ]

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[int]:
    descriptor = open_folder(tmp_path)
    yield descriptor
    os.close(descriptor)


def _deliver(store: Heap, envelopes) -> tuple[list[Outcome], bool]:
    async def run() -> tuple[list[Outcome], bool]:
        session = await open_session(Path("heap"), lambda: store)
        outcomes = [one async for one in session.deliver(envelopes)]
        usable = session.usable
        await session.close()
        await session.close()
        assert not session.usable
        return outcomes, usable

    return asyncio.run(run())


def test_envelopes_are_written_in_batches() -> None:
    """At most `BATCH` at a time, and the last batch is what is left."""
    store = Heap()

    outcomes, usable = _deliver(store, make_envelopes(BATCH * 2 + 5))

    assert store.batches == [BATCH, BATCH, 5]
    assert outcomes == [Accepted()] * (BATCH * 2 + 5)
    assert usable
    assert store.closed == 1


def test_a_batch_of_large_messages_is_a_small_one() -> None:
    """A batch is held in memory, so its octets are limited as well."""
    store = Heap()
    file = Attachment.from_bytes(b"x" * 3_000_000, name="large.bin")

    _deliver(store, make_envelopes(5, attachments=[file]))

    assert store.batches == [3, 2]


def test_a_failure_ends_the_session() -> None:
    """After it nothing is taken any more, and what was taken has its outcome."""
    store = Heap(fails_at=BATCH + 1)
    envelopes = make_envelopes(BATCH * 3)

    outcomes, usable = _deliver(store, envelopes)

    assert len(outcomes) == BATCH * 2
    assert not usable
    assert sum(1 for _ in envelopes) == BATCH


def test_a_closed_session_takes_nothing() -> None:
    """Delivering after the end gives no outcome and touches no envelope."""

    async def run() -> list[Outcome]:
        session = await open_session(Path("heap"), Heap)
        await session.close()
        return [one async for one in session.deliver(make_envelopes(3))]

    assert asyncio.run(run()) == []


def test_blocking_calls_run_in_one_thread() -> None:
    """Every call of a session is made in the same thread, which is not the loop's."""
    from threading import get_ident

    async def run() -> set[int]:
        with ThreadPoolExecutor(1) as pool:
            return {await in_thread(pool, get_ident) for _ in range(5)}

    threads = asyncio.run(run())
    assert len(threads) == 1
    assert get_ident() not in threads


@pytest.mark.parametrize(
    ("number", "permanent"),
    [(errno.EACCES, True), (errno.ENOTDIR, True), (errno.ENOSPC, False)],
)
def test_what_cannot_be_opened_is_said_with_its_path(
    number: int, permanent: bool
) -> None:
    """An error of the disk names the place, and says whether to try again."""

    def fail() -> Heap:
        raise OSError(number, os.strerror(number))

    with pytest.raises(TransportError, match="cannot write to out/box") as caught:
        asyncio.run(open_session(Path("out/box"), fail))

    assert caught.value.permanent is permanent
    assert caught.value.stage == Stage.CONNECT
    assert os.strerror(number) in str(caught.value)


def test_other_errors_of_opening_are_not_hidden() -> None:
    """A mistake of ours comes out as it is."""

    def fail() -> Heap:
        raise KeyError("x")

    with pytest.raises(KeyError):
        asyncio.run(open_session(Path("out"), fail))


def _new(folder: int, number: int, octets: bytes = b"text") -> NewFile:
    return NewFile(f".{number}.tmp", folder, f"{number}.txt", octets)


def test_files_get_their_names_when_they_are_whole(tmp_path: Path, folder: int) -> None:
    """All are there, for their owner only, and no draft is left."""
    files = [_new(folder, n, b"%d" % n) for n in range(10)]

    assert publish(files, folder) == [Accepted()] * 10

    found = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert found == {f"{n}.txt": b"%d" % n for n in range(10)}
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {0o600}


def test_files_are_private_under_any_umask(tmp_path: Path, folder: int) -> None:
    """A careless umask opens nothing."""
    before = os.umask(0)
    try:
        publish([_new(folder, 1)], folder)
        make_folder(tmp_path / "a" / "b")
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "1.txt").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o700


def test_the_same_file_twice_in_a_batch_is_one(tmp_path: Path, folder: int) -> None:
    """The later one stays; both have an outcome."""
    files = [_new(folder, 1, b"old"), _new(folder, 2), _new(folder, 1, b"new")]

    assert publish(files, folder) == [Accepted()] * 3
    assert (tmp_path / "1.txt").read_bytes() == b"new"


def test_a_draft_of_a_killed_run_is_overwritten(tmp_path: Path, folder: int) -> None:
    """What a crash left behind stops nobody."""
    (tmp_path / ".1.tmp").write_bytes(b"half a mess")

    assert publish([_new(folder, 1)], folder) == [Accepted()]
    assert [path.name for path in tmp_path.iterdir()] == ["1.txt"]


@pytest.mark.parametrize("name", [".1.tmp", "1.txt"])
def test_a_planted_link_leads_nowhere(tmp_path: Path, folder: int, name: str) -> None:
    """A symbolic link under either name is replaced and never followed."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    (tmp_path / name).symlink_to(victim)

    assert publish([_new(folder, 1)], folder) == [Accepted()]
    assert victim.read_bytes() == b"precious"
    assert not (tmp_path / "1.txt").is_symlink()


def test_a_full_disk_stores_what_came_before(tmp_path: Path, folder: int) -> None:
    """Those before the failure are stored, the others not at all."""
    files = [_new(folder, 1), _new(folder, 2, b"x" * 10_000), _new(folder, 3)]

    with largest_file(5000):
        stored, full, after = publish(files, folder)

    assert stored == Accepted()
    assert isinstance(full, NotSent)
    assert isinstance(after, NotSent)
    assert "File too large" in full.text
    assert [path.name for path in tmp_path.iterdir()] == ["1.txt"]


def test_a_name_that_cannot_be_given_is_not_sent(tmp_path: Path, folder: int) -> None:
    """A folder stands in the way of the second."""
    (tmp_path / "2.txt").mkdir()

    outcomes = publish([_new(folder, n) for n in (1, 2, 3)], folder)

    assert [type(outcome) for outcome in outcomes] == [Accepted, NotSent, NotSent]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.txt", "2.txt"]


def test_a_folder_that_cannot_be_synced_leaves_doubt(tmp_path: Path) -> None:
    """The file has its name now, and may have lost it after a power cut."""
    target = os.open(tmp_path, os.O_PATH | os.O_DIRECTORY)  # may rename, not sync
    try:
        [outcome] = publish([_new(target, 1)], target)
    finally:
        os.close(target)

    assert isinstance(outcome, InDoubt)
    assert (tmp_path / "1.txt").exists()


def test_writing_goes_on_until_all_is_written() -> None:
    """A pipe takes its octets in portions."""
    reader, writer = os.pipe()
    with ThreadPoolExecutor(1) as pool, os.fdopen(reader, "rb") as end:
        reading = pool.submit(end.read)
        write_all(writer, b"x" * 1_000_000)
        os.close(writer)

        assert reading.result() == b"x" * 1_000_000


def test_a_folder_that_may_not_be_written_to_is_refused() -> None:
    """Before anything is taken."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o555)
        if am_root := os.geteuid() == 0:
            os.seteuid(65534)
        try:
            with pytest.raises(PermissionError):
                open_folder(Path(name), os.W_OK)
        finally:
            if am_root:
                os.seteuid(0)


def test_our_own_message_ids_name_files() -> None:
    """Their left part is a digest already."""
    assert opaque_name("<abcdefgh234567abcdefgh2345@example.org>") == (
        "abcdefgh234567abcdefgh2345"
    )


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_file_name_shows_an_address(left: str) -> None:
    """Whatever a Message-ID says, the name is letters and digits, always the same."""
    message_id = f"<{left}@example.org>"
    name = opaque_name(message_id)

    assert name.isascii()
    assert name.isalnum()
    assert name == opaque_name(message_id)
    assert "@" not in name


def test_paths_of_urls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative ones are made absolute at once, `//` begins an absolute one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))

    assert path_in("eml:out", None) == tmp_path / "out"
    assert path_in("eml:/srv/out", None) == Path("/srv/out")
    assert path_in("eml:///srv/out", None) == Path("/srv/out")
    assert path_in("eml:a%20b?c", None) == tmp_path / "a%20b?c"
    assert path_in("eml:~/out", None) == tmp_path / "home" / "out"


@pytest.mark.parametrize("url", ["eml:", "eml://out", "eml://", "eml:a\0b"])
def test_urls_without_a_usable_path_are_refused(url: str) -> None:
    """The message says how to write it."""
    with pytest.raises(ConfigurationError, match="eml:"):
        path_in(url, None)


def test_files_take_no_password() -> None:
    """A password that nobody asks for is a mistake."""
    with pytest.raises(ConfigurationError, match="no password"):
        path_in("eml:out", "secret")


def test_a_session_can_be_made_of_any_store() -> None:
    """The class itself needs no opening."""

    async def run() -> bool:
        with ThreadPoolExecutor(1) as pool:
            return BatchSession(pool, Heap()).usable

    assert asyncio.run(run())
